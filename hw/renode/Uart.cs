// A UART (PL011, datasheet 4.2): bytes take their time on the line, FIFOs of 32, level and time-out interrupts,
// requests.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.UART;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // `Sent` is told of every byte that has left, at the clock when it has; `Receive` is a byte that has arrived just
    // now. Renode's own terminals are a second way: `WriteChar` puts a byte on a line of the UART's speed.
    public class Uart : Block, IUART
    {
        public Uart(Clock clock, Pins pins, Dma dma, int index) : base("UART" + index)
        {
            this.pins = pins;
            this.dma = dma;
            this.index = index;
            IRQ = new GPIO();
            line = new Queue<byte>();
            received = new Queue<byte>();
            transmit = new Queue<byte>();
            departure = new Alarm(clock, Depart);
            silence = new Alarm(clock, () => { Raise(ReceiveTimeout); });
            arrival = new Alarm(clock, Arrive);
            this.clock = clock;
            settings = new Dictionary<long, uint>();
            Sent += value => CharReceived(value);
            Reset();
        }

        public override void Reset()
        {
            foreach(var register in Plain)
            {
                settings[register] = 0;
            }
            settings[Control] = ReceiveEnable | TransmitEnable;
            settings[LevelSelect] = 0x12;
            received.Clear();
            transmit.Clear();
            departure.Cancel();
            silence.Cancel();
            sending = false;
            raised = 0;
            pins.SetOutputs(Function.Uart, uint.MaxValue, TransmitPins, clock.Now); // the idle line; bits are not drawn
            SetLines();
        }

        public void Receive(byte value)
        {
            if((settings[Control] & (Enable | ReceiveEnable)) != (Enable | ReceiveEnable))
            {
                return;
            }
            if(received.Count >= Depth)
            {
                Raise(Overrun);
                return;
            }
            received.Enqueue(value);
            if(received.Count >= ReceiveLevel)
            {
                raised |= ReceiveInterrupt;
            }
            silence.After(TimeoutBits * BitCycles64 / 64);
            SetLines();
        }

        public void WriteChar(byte value)
        {
            line.Enqueue(value);
            if(!arrival.Pending)
            {
                arrival.After(ByteCycles);
            }
        }

        public event Action<byte> Sent;

        public event Action<byte> CharReceived = value => { };

        // Clocks that a byte of 8N1 takes.
        public long ByteCycles { get { return 10 * BitCycles64 / 64; } }

        public uint BaudRate { get { return (uint)((long)Clock.Hertz * 64 / BitCycles64); } }

        public Bits StopBits { get { return Bits.One; } }

        public Parity ParityBit { get { return Parity.None; } }

        public GPIO IRQ { get; private set; }

        protected override void Before()
        {
            clock.Sync();
        }

        protected override uint Held(long register)
        {
            return register == Data ? 0 : Read(register);
        }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case Data:
                return Take();
            case Errors:
                return 0;
            case Flags:
                return (sending || transmit.Count > 0 ? Busy : 0) | (received.Count == 0 ? ReceiveEmpty : 0)
                    | (transmit.Count >= Depth ? TransmitFull : 0) | (received.Count >= Depth ? ReceiveFull : 0)
                    | (transmit.Count == 0 ? TransmitEmpty : 0);
            case RawInterrupts:
                return raised;
            case Interrupts:
                return raised & settings[InterruptMask];
            default:
                return settings.ContainsKey(register) ? settings[register] : NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register == Data)
            {
                Send((byte)bits);
            }
            else if(register == ClearInterrupts)
            {
                raised &= ~bits;
            }
            else if(register != Errors && !settings.ContainsKey(register))
            {
                NotModelled(register, value);
            }
            else if(register != Errors)
            {
                settings[register] = value & 0xFFFF;
            }
            SetLines();
        }

        private uint Take()
        {
            if(received.Count == 0)
            {
                return 0;
            }
            var value = received.Dequeue();
            if(received.Count < ReceiveLevel)
            {
                raised &= ~ReceiveInterrupt;
            }
            if(received.Count == 0)
            {
                raised &= ~ReceiveTimeout;
                silence.Cancel();
            }
            SetLines();
            return value;
        }

        private void Send(byte value)
        {
            if((settings[Control] & (Enable | TransmitEnable)) != (Enable | TransmitEnable))
            {
                return;
            }
            if(transmit.Count >= Depth)
            {
                this.Log(LogLevel.Error, "UART{0}: the transmit FIFO is full; a byte is lost", index);
                return;
            }
            transmit.Enqueue(value);
            if(transmit.Count > TransmitLevel)
            {
                raised &= ~TransmitInterrupt;
            }
            if(!sending)
            {
                Shift();
            }
        }

        private void Shift()
        {
            shifting = transmit.Dequeue();
            sending = true;
            departure.After(ByteCycles);
        }

        private void Depart()
        {
            var value = shifting;
            sending = false;
            if(transmit.Count > 0)
            {
                Shift();
            }
            if(transmit.Count == TransmitLevel)
            {
                raised |= TransmitInterrupt; // when the FIFO has fallen to the level
            }
            SetLines();
            Sent(value);
        }

        private void Arrive()
        {
            Receive(line.Dequeue());
            if(line.Count > 0)
            {
                arrival.After(ByteCycles);
            }
        }

        private void Raise(uint interrupt)
        {
            raised |= interrupt;
            SetLines();
        }

        private void SetLines()
        {
            IRQ.Set((raised & settings[InterruptMask]) != 0);
            dma.SetRequest(FirstRequest + 2 * index, (settings[DmaControl] & 2) != 0 && transmit.Count < Depth);
            dma.SetRequest(FirstRequest + 1 + 2 * index, (settings[DmaControl] & 1) != 0 && received.Count > 0);
        }

        private int Depth { get { return (settings[LineControl] & FifosEnable) != 0 ? 32 : 1; } }

        private int ReceiveLevel { get { return Depth == 1 ? 1 : Levels[settings[LevelSelect] >> 3 & 7]; } }

        private int TransmitLevel { get { return Depth == 1 ? 0 : Levels[settings[LevelSelect] & 7]; } }

        // 64ths of a clock: the divider has 6 fractional bits, a bit takes 16 of its periods.
        private long BitCycles64
        {
            get
            {
                var divider = settings[IntegerDivider] << 6 | settings[FractionalDivider] & 63;
                return 16 * (divider == 0 ? UnsetDivider : divider);
            }
        }

        private byte shifting;
        private bool sending;
        private uint raised;

        private readonly Dictionary<long, uint> settings;
        private readonly Queue<byte> line;
        private readonly Queue<byte> received;
        private readonly Queue<byte> transmit;
        private readonly Alarm departure;
        private readonly Alarm silence;
        private readonly Alarm arrival;
        private readonly Clock clock;
        private readonly Pins pins;
        private readonly Dma dma;
        private readonly int index;

        private static readonly int[] Levels = { 4, 8, 16, 24, 28, 28, 28, 28 };
        private static readonly long[] Plain =
        {
            IntegerDivider, FractionalDivider, LineControl, Control, LevelSelect, InterruptMask, DmaControl,
        };

        private const long Data = 0x00;
        private const long Errors = 0x04;
        private const long Flags = 0x18;
        private const long IntegerDivider = 0x24;
        private const long FractionalDivider = 0x28;
        private const long LineControl = 0x2C;
        private const long Control = 0x30;
        private const long LevelSelect = 0x34;
        private const long InterruptMask = 0x38;
        private const long RawInterrupts = 0x3C;
        private const long Interrupts = 0x40;
        private const long ClearInterrupts = 0x44;
        private const long DmaControl = 0x48;
        private const uint Busy = 1 << 3;
        private const uint ReceiveEmpty = 1 << 4;
        private const uint TransmitFull = 1 << 5;
        private const uint ReceiveFull = 1 << 6;
        private const uint TransmitEmpty = 1 << 7;
        private const uint FifosEnable = 1 << 4;
        private const uint Enable = 1 << 0;
        private const uint TransmitEnable = 1 << 8;
        private const uint ReceiveEnable = 1 << 9;
        private const uint ReceiveInterrupt = 1 << 4;
        private const uint TransmitInterrupt = 1 << 5;
        private const uint ReceiveTimeout = 1 << 6;
        private const uint Overrun = 1 << 10;
        private const long TimeoutBits = 32;
        private const uint UnsetDivider = 4340; // 115,200 baud
        private const uint TransmitPins = 0x11111111;
        private const int FirstRequest = 20;
    }
}
