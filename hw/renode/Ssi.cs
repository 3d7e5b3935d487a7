// The SSI as the boot ROM, the second stage and the SDK drive it around XIP (datasheet 4.10.13), and the QSPI pins with
// the chip select. XIP itself is memory: it reads on while the flash is written.

using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Memory;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Ssi : Block
    {
        public Ssi(Clock clock, MappedMemory flash) : base("SSI")
        {
            this.clock = clock;
            transmit = new Queue<byte>();
            receive = new Queue<byte>();
            this.flash = new SerialFlash(flash);
            Reset();
        }

        public override void Reset()
        {
            registers.Clear();
            registers[Control] = 0;
            Disable();
        }

        // The pin's override: null leaves the flash to be selected by the SSI while it transfers.
        public void ForceSelect(bool? selected)
        {
            CatchUp();
            forced = selected;
            Select();
        }

        // How long the flash is busy with a sector and with a page: on silicon typically 45,000 and 400, here nothing
        // unless it is asked for.
        public long EraseMicroseconds
        {
            get { return flash.EraseMicroseconds; }
            set { flash.EraseMicroseconds = value; }
        }

        public long ProgramMicroseconds
        {
            get { return flash.ProgramMicroseconds; }
            set { flash.ProgramMicroseconds = value; }
        }

        protected override uint Read(long register)
        {
            CatchUp();
            switch(register)
            {
            case Control:
            case Control1:
            case Enabled:
            case SlaveEnable:
            case BaudRate:
            case SampleDelay:
            case SpiControl:
                uint held;
                return registers.TryGetValue(register, out held) ? held : 0;
            case TransmitLevel:
                return (uint)transmit.Count;
            case ReceiveLevel:
                return (uint)receive.Count;
            case Status:
                return (transmit.Count > 0 || busyUntil > now ? Busy : 0) | (transmit.Count < Depth ? NotFull : 0)
                    | (transmit.Count == 0 ? TransmitEmpty : 0) | (receive.Count > 0 ? NotEmpty : 0)
                    | (receive.Count == Depth ? ReceiveFull : 0);
            case ClearInterrupts:
                return 0;
            case Identification:
                return 0x51535049;
            case Data:
                return receive.Count > 0 ? receive.Dequeue() : 0u;
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            CatchUp();
            switch(register)
            {
            case Control:
            case Control1:
            case SlaveEnable:
            case BaudRate:
            case SampleDelay:
            case SpiControl:
                registers[register] = value;
                break;
            case Enabled:
                registers[register] = value & 1;
                if((value & 1) == 0)
                {
                    Disable();
                }
                break;
            case Data:
                Put(value);
                break;
            default:
                NotModelled(register, value);
                break;
            }
        }

        private void Put(uint value)
        {
            if((registers[Control] >> 21 & 3) != 0 || (registers[Control] >> 16 & 31) != 7)
            {
                return; // quad frames: the second stage's last words to a flash that goes to XIP
            }
            if(transmit.Count == Depth)
            {
                this.Log(LogLevel.Error, "SSI: the transmit FIFO is full; 0x{0:X} is lost", value);
                return;
            }
            if(transmit.Count == 0 && busyUntil <= now)
            {
                busyUntil = now + ByteClocks;
                Select();
            }
            transmit.Enqueue((byte)value);
        }

        // Bytes take their time, and the flash is released when the FIFO has run empty.
        private void CatchUp()
        {
            now = clock.Now;
            while(transmit.Count > 0 && busyUntil <= now)
            {
                var answer = flash.Exchange(transmit.Dequeue(), busyUntil);
                if(receive.Count < Depth)
                {
                    receive.Enqueue(answer);
                }
                if(transmit.Count > 0)
                {
                    busyUntil += ByteClocks;
                }
            }
            Select();
        }

        private void Select()
        {
            var select = forced ?? (transmit.Count > 0);
            if(select != selected)
            {
                selected = select;
                flash.Select(select, now);
            }
        }

        private void Disable()
        {
            transmit.Clear();
            receive.Clear();
            busyUntil = 0;
            Select();
        }

        private long ByteClocks
        {
            get
            {
                uint divider;
                registers.TryGetValue(BaudRate, out divider);
                return 8 * (divider == 0 ? 2 : divider);
            }
        }

        private long now;
        private long busyUntil;
        private bool selected;
        private bool? forced;

        private readonly Dictionary<long, uint> registers = new Dictionary<long, uint>();
        private readonly Queue<byte> transmit;
        private readonly Queue<byte> receive;
        private readonly SerialFlash flash;
        private readonly Clock clock;

        private const int Depth = 16;
        private const uint Busy = 1 << 0;
        private const uint NotFull = 1 << 1;
        private const uint TransmitEmpty = 1 << 2;
        private const uint NotEmpty = 1 << 3;
        private const uint ReceiveFull = 1 << 4;
        private const long Control = 0x00;
        private const long Control1 = 0x04;
        private const long Enabled = 0x08;
        private const long SlaveEnable = 0x10;
        private const long BaudRate = 0x14;
        private const long TransmitLevel = 0x20;
        private const long ReceiveLevel = 0x24;
        private const long Status = 0x28;
        private const long ClearInterrupts = 0x48;
        private const long Identification = 0x58;
        private const long Data = 0x60;
        private const long SampleDelay = 0xF0;
        private const long SpiControl = 0xF4;
    }

    // IO_QSPI (datasheet 2.19.6.2): the flash's six pins. Only the chip select's output override does anything.
    public class QspiPins : Block
    {
        public QspiPins(Ssi ssi) : base("IO_QSPI")
        {
            this.ssi = ssi;
            Reset();
        }

        public override void Reset()
        {
            for(var i = 0; i < controls.Length; i++)
            {
                controls[i] = 0x1F;
            }
            ssi.ForceSelect(null);
        }

        // The button that holds the chip select low: the boot ROM then stays in its USB boot loader.
        public bool BootButton { get; set; }

        // What SIO sees: a bit a pin, all pulled up.
        public uint Inputs { get { return BootButton ? 0x3Fu & ~(1u << ChipSelect) : 0x3F; } }

        protected override uint Read(long register)
        {
            var pin = register / 8;
            return pin >= controls.Length ? NotModelled(register) : (register & 4) != 0 ? controls[pin] : 0;
        }

        protected override void Write(long register, uint value, uint bits)
        {
            var pin = register / 8;
            if(pin >= controls.Length || (register & 4) == 0)
            {
                NotModelled(register, value);
                return;
            }
            controls[pin] = value;
            if(pin == ChipSelect)
            {
                var how = value >> 8 & 3;
                ssi.ForceSelect(how == 2 ? true : how == 3 ? false : (bool?)null); // low selects
            }
        }

        private readonly uint[] controls = new uint[6];
        private readonly Ssi ssi;

        private const int ChipSelect = 1;
    }
}
