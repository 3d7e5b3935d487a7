// A PIO block on the bus (datasheet 3.7): brings it up to date around each access and at each time that it is due,
// joins it to pads, DMA requests and interrupts.

using Antmicro.Renode.Core;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Pio : Block
    {
        public Pio(Clock clock, Pins pins, Dma dma, int index) : base("PIO" + index)
        {
            this.clock = clock;
            this.pins = pins;
            this.dma = dma;
            this.index = index;
            IRQ0 = new GPIO();
            IRQ1 = new GPIO();
            block = new PioBlock();
            alarm = new Alarm(clock, () => { block.Advance(clock.Now); Plan(); });
            block.OutputsChanged = at => pins.SetOutputs(Function, block.Levels, block.Directions, at);
            block.LinesChanged = SetLines;
            pins.InputsChanged += (levels, at) => { block.PadsChanged(levels, at); Plan(); };
            Reset();
        }

        public override void Reset()
        {
            block.Reset();
            overflowed = underflowed = 0;
            enabled[0] = enabled[1] = forced[0] = forced[1] = 0;
            SetLines();
            Plan();
        }

        public GPIO IRQ0 { get; private set; }

        public GPIO IRQ1 { get; private set; }

        protected override void Before()
        {
            now = clock.Now;
        }

        protected override uint Held(long register)
        {
            return register >= ReceiveFifos && register < Irq ? 0 : Read(register);
        }

        protected override uint Read(long register)
        {
            block.BeginAccess(now);
            var value = ReadNow(register);
            block.EndAccess(now);
            Plan();
            return value;
        }

        protected override void Write(long register, uint value, uint bits)
        {
            block.BeginAccess(now);
            WriteNow(register, value, bits);
            block.EndAccess(now);
            Plan();
        }

        private uint ReadNow(long register)
        {
            if(register >= TransmitFifos && register < ReceiveFifos)
            {
                return 0;
            }
            if(register >= ReceiveFifos && register < Irq)
            {
                return Take((int)(register - ReceiveFifos) / 4);
            }
            if(register >= Machine0 && register < Interrupts)
            {
                var machine = block.Machines[(register - Machine0) / MachineStride];
                return ReadMachine(machine, (register - Machine0) % MachineStride);
            }
            switch(register)
            {
            case Control:
                return Gather(machine => machine.Enabled);
            case FifoStatus:
                return Gather(machine => machine.Receive.Full) | Gather(machine => machine.Receive.Empty) << 8
                    | Gather(machine => machine.Transmit.Full) << 16 | Gather(machine => machine.Transmit.Empty) << 24;
            case FifoDebug:
                return Gather(machine => machine.ReceiveStalled) | underflowed << 8
                    | overflowed << 16 | Gather(machine => machine.TransmitStalled) << 24;
            case FifoLevels:
                var levels = 0u;
                for(var i = 0; i < block.Machines.Length; i++)
                {
                    levels |= (uint)(block.Machines[i].Transmit.Count | block.Machines[i].Receive.Count << 4) << 8 * i;
                }
                return levels;
            case Irq:
                return block.Flags;
            case SynchroniserBypass:
                return block.Bypass;
            case PadOutputs:
                return block.Levels;
            case PadEnables:
                return block.Directions;
            case Configuration:
                return PioBlock.Instructions << 16 | 4 << 8 | PioMachine.FifoDepth;
            case Interrupts:
                return Raised;
            case Interrupts + 4:
            case Interrupts + 16:
                return enabled[Line(register)];
            case Interrupts + 8:
            case Interrupts + 20:
                return forced[Line(register)];
            case Interrupts + 12:
            case Interrupts + 24:
                return Status(Line(register));
            default:
                return NotModelled(register);
            }
        }

        private uint ReadMachine(PioMachine machine, long register)
        {
            switch(register)
            {
            case 0:
                return machine.Divider;
            case 4:
                return machine.ExecControl | (machine.ExecuteStalled ? 1u << 31 : 0);
            case 8:
                return machine.ShiftControl;
            case 12:
                return (uint)machine.Pc;
            case 16:
                return block.Program[machine.Pc];
            default:
                return machine.PinControl;
            }
        }

        private void WriteNow(long register, uint value, uint bits)
        {
            if(register >= TransmitFifos && register < ReceiveFifos)
            {
                Put((int)(register - TransmitFifos) / 4, bits);
                return;
            }
            if(register >= Instruction0 && register < Machine0)
            {
                block.Program[(register - Instruction0) / 4] = (ushort)value;
                foreach(var machine in block.Machines)
                {
                    machine.Changed();
                }
                return;
            }
            if(register >= Machine0 && register < Interrupts)
            {
                var machine = (int)((register - Machine0) / MachineStride);
                WriteMachine(machine, (register - Machine0) % MachineStride, value);
                return;
            }
            switch(register)
            {
            case Control:
                WriteControl(value);
                break;
            case FifoDebug:
                overflowed &= ~(bits >> 16);
                underflowed &= ~(bits >> 8);
                for(var i = 0; i < block.Machines.Length; i++)
                {
                    block.Machines[i].ReceiveStalled &= (bits >> i & 1) == 0;
                    block.Machines[i].TransmitStalled &= (bits >> 24 + i & 1) == 0;
                }
                break;
            case Irq:
                block.LowerFlag(bits & 0xFF);
                break;
            case IrqForce:
                block.RaiseFlag(bits & 0xFF);
                break;
            case SynchroniserBypass:
                block.Bypass = value;
                block.PadsChanged(pins.Inputs, now);
                break;
            case Interrupts + 4:
            case Interrupts + 16:
                enabled[Line(register)] = value & 0xFFF;
                SetLines();
                break;
            case Interrupts + 8:
            case Interrupts + 20:
                forced[Line(register)] = value & 0xFFF;
                SetLines();
                break;
            default:
                NotModelled(register, value);
                break;
            }
        }

        private void WriteControl(uint value)
        {
            for(var i = 0; i < block.Machines.Length; i++)
            {
                var machine = block.Machines[i];
                if((value >> 4 + i & 1) != 0)
                {
                    machine.Restart();
                }
                if((value >> 8 + i & 1) != 0)
                {
                    machine.RestartDivider(now + 1);
                }
                machine.Enable((value >> i & 1) != 0, now + 1);
                if(machine.Enabled)
                {
                    machine.Refill();
                }
            }
        }

        private void WriteMachine(int which, long register, uint value)
        {
            var machine = block.Machines[which];
            switch(register)
            {
            case 0:
                machine.Divider = value & 0xFFFFFF00;
                break;
            case 4:
                machine.ExecControl = value & 0x7FFFFFFF & ~0x60u;
                break;
            case 8:
                machine.ShiftControl = value & 0xFFFF0000;
                block.FifoChanged();
                break;
            case 16:
                block.Execute(which, (ushort)value, now);
                break;
            case 20:
                machine.PinControl = value;
                break;
            default:
                NotModelled(register, value);
                break;
            }
            machine.Changed();
        }

        private void Put(int which, uint word)
        {
            var machine = block.Machines[which];
            if(machine.Transmit.Full)
            {
                overflowed |= 1u << which;
                return;
            }
            machine.Transmit.Put(word);
            block.FifoChanged();
            if(machine.Enabled)
            {
                machine.Refill();
            }
        }

        private uint Take(int which)
        {
            var machine = block.Machines[which];
            if(machine.Receive.Empty)
            {
                underflowed |= 1u << which;
                return 0;
            }
            block.FifoChanged();
            return machine.Receive.Take();
        }

        private void Plan()
        {
            alarm.At(block.DueClock);
        }

        // RX not empty, TX not full, flags 0 to 3 (datasheet 3.7, INTR).
        private uint Raised
        {
            get
            {
                return Gather(machine => !machine.Receive.Empty) | Gather(machine => !machine.Transmit.Full) << 4
                    | (block.Flags & 0xF) << 8;
            }
        }

        private static int Line(long register)
        {
            return (int)(register - Interrupts - 4) / 12;
        }

        private uint Status(int line)
        {
            return Raised & enabled[line] | forced[line];
        }

        private void SetLines()
        {
            IRQ0.Set(Status(0) != 0);
            IRQ1.Set(Status(1) != 0);
            for(var i = 0; i < block.Machines.Length; i++)
            {
                dma.SetRequest(8 * index + i, !block.Machines[i].Transmit.Full);
                dma.SetRequest(8 * index + 4 + i, !block.Machines[i].Receive.Empty);
            }
        }

        private uint Gather(System.Func<PioMachine, bool> what)
        {
            var bits = 0u;
            for(var i = 0; i < block.Machines.Length; i++)
            {
                bits |= what(block.Machines[i]) ? 1u << i : 0;
            }
            return bits;
        }

        private Function Function { get { return index == 0 ? Function.Pio0 : Function.Pio1; } }

        private long now;
        private uint overflowed;
        private uint underflowed;

        private readonly uint[] enabled = new uint[2];
        private readonly uint[] forced = new uint[2];
        private readonly PioBlock block;
        private readonly Alarm alarm;
        private readonly Clock clock;
        private readonly Pins pins;
        private readonly Dma dma;
        private readonly int index;

        private const long Control = 0x000;
        private const long FifoStatus = 0x004;
        private const long FifoDebug = 0x008;
        private const long FifoLevels = 0x00C;
        private const long TransmitFifos = 0x010;
        private const long ReceiveFifos = 0x020;
        private const long Irq = 0x030;
        private const long IrqForce = 0x034;
        private const long SynchroniserBypass = 0x038;
        private const long PadOutputs = 0x03C;
        private const long PadEnables = 0x040;
        private const long Configuration = 0x044;
        private const long Instruction0 = 0x048;
        private const long Machine0 = 0x0C8;
        private const long MachineStride = 0x18;
        private const long Interrupts = 0x128; // INTR, then INTE, INTF, INTS of either line
    }
}
