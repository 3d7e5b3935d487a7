// What every block of the RP2040 has in common on the bus (datasheet 2.1): 32-bit registers and their aliases, which
// flip, set or clear the bits that are written. A narrow access reads its lane, and writes all lanes alike (2.1.4). A
// register that is not modelled says so, loudly, and reads 0.

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public abstract class Block : IDoubleWordPeripheral, IWordPeripheral, IBytePeripheral, IKnownSize
    {
        protected Block(string name)
        {
            this.name = name;
        }

        public abstract void Reset();

        public uint ReadDoubleWord(long offset)
        {
            Before();
            return Read(offset & RegisterMask);
        }

        public void WriteDoubleWord(long offset, uint value)
        {
            Before();
            var register = offset & RegisterMask;
            switch(offset >> AliasShift)
            {
            case 0:
                Write(register, value, value);
                break;
            case 1:
                Write(register, Held(register) ^ value, value);
                break;
            case 2:
                Write(register, Held(register) | value, value);
                break;
            default:
                Write(register, Held(register) & ~value, value);
                break;
            }
        }

        public ushort ReadWord(long offset)
        {
            return (ushort)(ReadDoubleWord(offset & ~3) >> (int)(offset & 2) * 8);
        }

        public void WriteWord(long offset, ushort value)
        {
            WriteDoubleWord(offset & ~3, value * 0x10001u);
        }

        public byte ReadByte(long offset)
        {
            return (byte)(ReadDoubleWord(offset & ~3) >> (int)(offset & 3) * 8);
        }

        public void WriteByte(long offset, byte value)
        {
            WriteDoubleWord(offset & ~3, value * 0x1010101u);
        }

        public long Size { get { return 1 << AliasShift + 2; } }

        // Called before each access; blocks that live in time catch up here.
        protected virtual void Before()
        {
        }

        protected abstract uint Read(long register);

        // `value` is what the register becomes, `bits` what lay on the bus: they differ on an alias, and bits that are
        // cleared by writing ones to them take the latter.
        protected abstract void Write(long register, uint value, uint bits);

        // What an alias changes: as read, without what reading does.
        protected virtual uint Held(long register)
        {
            return Read(register);
        }

        protected uint NotModelled(long register)
        {
            this.Log(LogLevel.Error, "{0}: register 0x{1:X} is not modelled; it reads 0", name, register);
            return 0;
        }

        protected void NotModelled(long register, uint value)
        {
            this.Log(LogLevel.Error, "{0}: register 0x{1:X} is not modelled; 0x{2:X} is lost", name, register, value);
        }

        private readonly string name;

        private const int AliasShift = 12;
        private const long RegisterMask = (1 << AliasShift) - 1;
    }
}
