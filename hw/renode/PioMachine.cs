// One PIO state machine: its registers. PioInstructions.cs is what it does, PioTime.cs when. It knows nothing of
// Renode.

using System;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public partial class PioMachine
    {
        public PioMachine(PioBlock block, int index)
        {
            this.block = block;
            this.index = index;
            visits = new Visit[PioBlock.Instructions];
            Reset();
        }

        public void Reset()
        {
            ExecControl = 0x1F000;
            shiftControl = 0xC0000;
            PinControl = 0x14000000;
            divider = Whole;
            Transmit = new PioFifo(FifoDepth);
            Receive = new PioFifo(FifoDepth);
            Enabled = TransmitStalled = ReceiveStalled = false;
            Pc = 0;
            x = y = osr = 0;
            phase = due = 0;
            Restart();
        }

        // What CTRL.SM_RESTART clears (datasheet 3.7, CTRL): not PC, X, Y and OSR.
        public void Restart()
        {
            isr = 0;
            isrCount = 0;
            osrCount = 32;
            irqWaits = outWaits = false;
            executing = NoInstruction;
            sticky = new PioWrites();
            if(Enabled)
            {
                state = State.Running;
            }
            changes++;
        }

        public void RestartDivider(long clock)
        {
            phase = due = clock << Fraction;
        }

        public void Enable(bool on, long clock)
        {
            if(on && !Enabled)
            {
                var time = clock << Fraction;
                due = phase >= time ? phase : phase + RoundUp(time - phase, divider);
                state = State.Running;
            }
            Enabled = on;
            changes++;
        }

        // Run an instruction now, whether the machine is enabled or not; it breaks a stall and takes no clock of the
        // program's. One that stalls itself stays in the machine until it is done.
        public void Execute(int instruction)
        {
            irqWaits = outWaits = false;
            asserted = new PioWrites();
            var at = due;
            do
            {
                executing = NoInstruction;
                target = Pc;
                outcome = Perform(instruction);
            }
            while(outcome == Outcome.Again);
            due = at;
            if(outcome == Outcome.Done)
            {
                Pc = target;
            }
            else
            {
                executing = instruction;
            }
            state = State.Running;
            changes++;
        }

        public PioFifo Transmit { get; private set; }

        public PioFifo Receive { get; private set; }

        public bool Enabled { get; private set; }

        public int Pc { get; private set; }

        public bool TransmitStalled { get; set; }

        public bool ReceiveStalled { get; set; }

        public bool ExecuteStalled { get { return executing != NoInstruction; } }

        // What the machine wrote to pins in an instruction given to `Execute`.
        public PioWrites Asserted { get { return asserted; } }

        // Bits 31 to 16 whole clocks (0 means 65536), 15 to 8 256ths.
        public uint Divider
        {
            get
            {
                return (uint)(divider << Fraction);
            }

            set
            {
                divider = value >> Fraction;
                if(divider < Whole)
                {
                    divider += 65536 * Whole;
                }
                changes++;
            }
        }

        public uint ExecControl
        {
            get
            {
                return execControl;
            }

            set
            {
                execControl = value;
                if((value >> 17 & 1) == 0)
                {
                    sticky = new PioWrites();
                }
            }
        }

        public uint PinControl { get; set; }

        public uint ShiftControl
        {
            get
            {
                return shiftControl;
            }

            set
            {
                var join = value & JoinBoth;
                if(((shiftControl ^ value) & JoinBoth) != 0) // a change of the join bits empties both
                {
                    Transmit = new PioFifo(join == 0 ? FifoDepth : join == JoinTransmit ? 2 * FifoDepth : 0);
                    Receive = new PioFifo(join == 0 ? FifoDepth : join == JoinReceive ? 2 * FifoDepth : 0);
                }
                shiftControl = value;
            }
        }

        // A word has come: autopull fetches it between the OUTs (datasheet 3.5.4.2).
        public void Refill()
        {
            if((shiftControl >> 17 & 1) != 0 && !outWaits && osrCount >= PullThreshold && !Transmit.Empty)
            {
                osr = Transmit.Take();
                osrCount = 0;
                changes++;
                block.FifoChanged();
            }
        }

        // The program or a setting has changed.
        public void Changed()
        {
            changes++;
        }

        public const int FifoDepth = 4;

        private enum Outcome { Done, Stall, Again }

        private uint execControl;
        private uint shiftControl;
        private uint x;
        private uint y;
        private uint isr;
        private uint osr;
        private int isrCount;
        private int osrCount;
        private bool irqWaits; // `irq wait` has raised its flag
        private bool outWaits; // an OUT stalls for a word, and fetches it itself
        private int executing; // an instruction by EXEC or of the processor's that is still to be done
        private int target;
        private Outcome outcome;
        private PioWrites asserted;
        private PioWrites sticky; // the last write of OUT or SET, while EXECCTRL.OUT_STICKY has it repeated

        private long divider;
        private long phase; // a time at which the divider began
        private long changes = 1;

        private readonly PioBlock block;
        private readonly int index;

        private const int Fraction = 8;
        private const long Whole = 1 << Fraction;
        private const int XDecrement = 2;
        private const int YDecrement = 4;
        private const int NoInstruction = -1;
        private const uint JoinTransmit = 1u << 30;
        private const uint JoinReceive = 1u << 31;
        private const uint JoinBoth = JoinTransmit | JoinReceive;
    }
}
