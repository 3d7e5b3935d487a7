import machine, sys, io
import micropython
micropython.kbd_intr(-1)
try:
    from device.controller import Controller
    c = Controller()
    c.run()
except BaseException as e:
    s = io.StringIO()
    sys.print_exception(e, s)
    u = machine.UART(0, baudrate=460800, tx=machine.Pin(0), rx=machine.Pin(1))
    u.write("\n" + s.getvalue() + "<END>\n")
    import time
    time.sleep(1)
