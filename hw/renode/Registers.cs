// Blocks of which the firmware wants little more than that registers hold what is written: clocks, oscillators,
// voltage, power, identification, calendar, the flash's pads and cache, and a USB port with nothing plugged in.

using System.Collections.Generic;

using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // Registers that hold, with their value at reset; any other is not modelled.
    public abstract class Registers : Block
    {
        // `pairs` are a register and its value at reset, and so on.
        protected Registers(string name, params long[] pairs) : base(name)
        {
            this.pairs = pairs;
            Values = new Dictionary<long, uint>();
            Reset();
        }

        public override void Reset()
        {
            for(var i = 0; i < pairs.Length; i += 2)
            {
                Values[pairs[i]] = (uint)pairs[i + 1];
            }
        }

        protected override uint Read(long register)
        {
            return Values.ContainsKey(register) ? Values[register] : NotModelled(register);
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(Values.ContainsKey(register))
            {
                Values[register] = value;
            }
            else
            {
                NotModelled(register, value);
            }
        }

        protected Dictionary<long, uint> Values { get; private set; }

        private readonly long[] pairs;
    }

    // CLOCKS (datasheet 2.15.7): a switch of a clock's source is done at once. No frequency follows from them: see
    // Clock.
    public class Clocks : Registers
    {
        public Clocks() : base("CLOCKS", AtReset())
        {
        }

        protected override uint Read(long register)
        {
            if(register < Resus && register % Stride == Selected)
            {
                var sources = register / Stride == Reference ? 3u : register / Stride == System ? 1u : 0;
                return 1u << (int)(Values[register - Selected] & sources);
            }
            return base.Read(register);
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register == System * Stride + 4 && value != 0x100)
            {
                this.Log(LogLevel.Error, "CLOCKS: clk_sys is to be divided; it stays at 125 MHz");
            }
            base.Write(register, value, bits);
        }

        private static long[] AtReset()
        {
            var pairs = new List<long> { Resus, 0xFF, 0x7C, 0 };
            for(var i = 0; i < Count; i++)
            {
                pairs.AddRange(new[] { i * Stride, 0, i * Stride + 4, 0x100 });
            }
            foreach(var register in new long[] { 0xA0, 0xA4, 0xA8, 0xAC }) // clocks awake and asleep
            {
                pairs.AddRange(new[] { register, uint.MaxValue });
            }
            return pairs.ToArray();
        }

        private const int Count = 10;
        private const long Stride = 12;
        private const long Selected = 8;
        private const long Reference = 4;
        private const long System = 5;
        private const long Resus = 0x78;
    }

    // A PLL (datasheet 2.18.4): locked as soon as it has power.
    public class Pll : Registers
    {
        public Pll(bool drivesSystem = false) : base("PLL", Control, 1, Power, 0x2D, Feedback, 0, Primary, 0x77000)
        {
            this.drivesSystem = drivesSystem;
        }

        protected override uint Read(long register)
        {
            return base.Read(register) | (register == Control && (Values[Power] & PoweredDown) == 0 ? Locked : 0);
        }

        protected override void Write(long register, uint value, uint bits)
        {
            base.Write(register, value, bits);
            var divided = (Values[Primary] >> 16 & 7) * (Values[Primary] >> 12 & 7) * (Values[Control] & 63);
            if(drivesSystem && register == Primary && 12 * Values[Feedback] != 125 * divided)
            {
                this.Log(LogLevel.Error, "PLL: clk_sys is to be another than 125 MHz; it stays");
            }
        }

        private readonly bool drivesSystem;

        private const uint PoweredDown = 0x21;
        private const uint Locked = 1u << 31;
        private const long Control = 0;
        private const long Power = 4;
        private const long Feedback = 8;
        private const long Primary = 12;
    }

    // XOSC (datasheet 2.16.7): stable when enabled.
    public class Xosc : Registers
    {
        public Xosc() : base("XOSC", 0x00, 0, 0x04, 0, 0x0C, 0xC4)
        {
        }

        protected override uint Read(long register)
        {
            return register == 0x04 ? (Values[0] >> 12 == 0xFAB ? 1u << 31 | 1 << 12 : 0) : base.Read(register);
        }
    }

    // ROSC (datasheet 2.17.8). Its random bit comes from a generator with a seed, so that runs can be repeated.
    public class Rosc : Registers
    {
        public Rosc() : base("ROSC", 0x00, 0xAA0, 0x04, 0, 0x08, 0, 0x10, 0xAA0, 0x14, 8)
        {
            Seed = 1;
        }

        public uint Seed { get; set; }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case 0x18:
                return 1u << 31 | 1 << 12;
            case 0x1C:
                Seed = Seed * 1664525 + 1013904223;
                return Seed >> 31;
            default:
                return base.Read(register);
            }
        }
    }

    // VREG_AND_CHIP_RESET (datasheet 2.10.6): the chip had a power-on reset.
    public class VoltageRegulator : Registers
    {
        public VoltageRegulator() : base("VREG_AND_CHIP_RESET", 0, 0xB1, 4, 0x91, 8, 0x100)
        {
        }
    }

    // PSM (datasheet 2.13.5): everything has power. What the watchdog resets is not chosen: it is always everything.
    public class PowerStates : Registers
    {
        public PowerStates() : base("PSM", 0, 0, 4, 0, 8, 0, 12, 0x1FFFF)
        {
        }
    }

    // SYSINFO (datasheet 2.20.3) of revision B1, the boot ROM's.
    public class SystemInfo : Registers
    {
        public SystemInfo() : base("SYSINFO", 0, 0x10002927, 4, 2)
        {
        }

        protected override void Write(long register, uint value, uint bits)
        {
        }
    }

    // SYSCFG (datasheet 2.21): masks of an interrupt that nobody makes.
    public class SystemConfiguration : Registers
    {
        public SystemConfiguration() : base("SYSCFG", 0x00, 0, 0x04, 0)
        {
        }
    }

    // TBMAN (datasheet 2.20.4): an ASIC.
    public class TestbenchManager : Registers
    {
        public TestbenchManager() : base("TBMAN", 0, 1)
        {
        }

        protected override void Write(long register, uint value, uint bits)
        {
        }
    }

    // RTC (datasheet 4.8.6): the calendar stands where it was set.
    public class Calendar : Registers
    {
        public Calendar() : base("RTC", 0x00, 0, 0x04, 0, 0x08, 0, Control, 0)
        {
        }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case Control:
                return Values[Control] & 0x101 | (Values[Control] & 1) << 1; // active as soon as enabled
            case 0x18:
                return Values[0x04];
            case 0x1C:
                return Values[0x08];
            default:
                return base.Read(register);
            }
        }

        private const long Control = 0x0C;
    }

    // PADS_QSPI (datasheet 2.19.6.4).
    public class QspiPads : Registers
    {
        public QspiPads()
            : base("PADS_QSPI", 0x00, 0, 0x04, 0x56, 0x08, 0x52, 0x0C, 0x52, 0x10, 0x52, 0x14, 0x52, 0x18, 0x5A)
        {
        }
    }

    // The XIP cache's registers (datasheet 2.6.3.6): there is no cache, so it is always flushed.
    public class XipControl : Registers
    {
        public XipControl() : base("XIP_CTRL", 0x00, 3, 0x04, 0, 0x08, 3, 0x0C, 0, 0x10, 0)
        {
        }
    }

    // The USB controller with nothing plugged in (datasheet 4.1.4): no bus, no start-of-frame, no interrupt. What a
    // device driver sets up at its start is held, so that it may wait for a host that never comes.
    public class UsbUnplugged : Registers
    {
        public UsbUnplugged()
            : base("USB", 0x00, 0, 0x40, 0, 0x48, 0, SieControl, 0x8000, 0x50, 0, 0x74, 0, 0x78, 0, 0x90, 0, 0x98, 0)
        {
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register == SieControl && (value & PullUp) != 0 && (Values[SieControl] & PullUp) == 0)
            {
                this.Log(LogLevel.Info, "USB: the device shows itself, but nothing is plugged in");
            }
            base.Write(register, value, bits);
        }

        private const long SieControl = 0x4C;
        private const uint PullUp = 1 << 16;
    }
}
