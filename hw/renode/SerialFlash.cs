// The flash behind the SSI, a W25Q16JV in serial mode: what its command set does to the memory that XIP reads.

using System;

using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Memory;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // One byte in, one byte out, as long as it is selected.
    public class SerialFlash
    {
        public SerialFlash(MappedMemory memory)
        {
            this.memory = memory;
            page = new byte[PageBytes];
        }

        public void Select(bool selected, long now)
        {
            if(this.selected && !selected)
            {
                Finish(now);
            }
            this.selected = selected;
            position = 0;
        }

        public byte Exchange(byte input, long now)
        {
            if(!selected)
            {
                return Floating;
            }
            if(position == 0)
            {
                Begin(input);
            }
            var at = position++;
            if(at >= 1 && at <= 3)
            {
                address = (address << 8 | input) & (uint)(memory.Size - 1);
            }
            switch(command)
            {
            case Read:
                return at < 4 ? Floating : memory.ReadByte((address + at - 4) % memory.Size);
            case PageProgram:
                if(at >= 4)
                {
                    page[(address + at - 4) % PageBytes] &= input;
                    any = true;
                }
                return Floating;
            case ReadStatus:
                return at == 0 ? Floating : (byte)((now < busyUntil ? 1 : 0) | (writable ? 2 : 0));
            case ReadStatus2:
                return at == 0 ? Floating : status2;
            case WriteStatus:
                status2 = at == 2 && writable ? input : status2;
                return Floating;
            case JedecId:
                return at >= 1 && at <= 3 ? Jedec[at - 1] : Floating;
            case UniqueId:
                return at >= 5 && at < 5 + Unique.Length ? Unique[at - 5] : Floating;
            default:
                return Floating;
            }
        }

        public long EraseMicroseconds { get; set; }

        public long ProgramMicroseconds { get; set; }

        // What the pull-up makes of a line that nobody drives.
        public const byte Floating = 0xFF;

        private void Begin(byte input)
        {
            command = input;
            address = 0;
            any = false;
            for(var i = 0; i < page.Length; i++)
            {
                page[i] = 0xFF;
            }
            if(Array.IndexOf(Known, input) < 0)
            {
                memory.Log(LogLevel.Error, "flash: command 0x{0:X2} is not modelled", input);
            }
        }

        // Commands that change something do so when the flash is released.
        private void Finish(long now)
        {
            if(position == 0)
            {
                return;
            }
            switch(command)
            {
            case WriteEnable:
                writable = true;
                return;
            case WriteDisable:
            case WriteStatus:
                writable = false;
                return;
            case PageProgram:
                Change(position > 4 && any, now + ProgramMicroseconds * Clock.CyclesPerMicrosecond, Program);
                return;
            case SectorErase:
                Erase(4 << 10, now);
                return;
            case Block32Erase:
                Erase(32 << 10, now);
                return;
            case Block64Erase:
                Erase(64 << 10, now);
                return;
            }
        }

        private void Erase(uint bytes, long now)
        {
            var sectors = bytes / (4 << 10);
            Change(position == 4, now + sectors * EraseMicroseconds * Clock.CyclesPerMicrosecond, () =>
            {
                var erased = new byte[bytes];
                for(var i = 0; i < erased.Length; i++)
                {
                    erased[i] = 0xFF;
                }
                memory.WriteBytes(address & ~(bytes - 1), erased, 0, erased.Length);
            });
        }

        private void Program()
        {
            var at = address & ~(uint)(PageBytes - 1);
            var old = memory.ReadBytes(at, PageBytes);
            for(var i = 0; i < PageBytes; i++)
            {
                page[i] &= old[i];
            }
            memory.WriteBytes(at, page, 0, PageBytes);
        }

        private void Change(bool whole, long until, Action change)
        {
            if(!whole || !writable)
            {
                memory.Log(
                    LogLevel.Error, "flash: command 0x{0:X2} at 0x{1:X} is cut short or not enabled", command, address);
                return;
            }
            change();
            writable = false;
            busyUntil = until;
        }

        private bool selected;
        private bool writable;
        private bool any;
        private byte command;
        private byte status2 = QuadEnable;
        private uint address;
        private int position;
        private long busyUntil;

        private readonly byte[] page;
        private readonly MappedMemory memory;

        private const byte WriteStatus = 0x01;
        private const byte PageProgram = 0x02;
        private const byte Read = 0x03;
        private const byte WriteDisable = 0x04;
        private const byte ReadStatus = 0x05;
        private const byte WriteEnable = 0x06;
        private const byte SectorErase = 0x20;
        private const byte ReadStatus2 = 0x35;
        private const byte UniqueId = 0x4B;
        private const byte Block32Erase = 0x52;
        private const byte JedecId = 0x9F;
        private const byte Block64Erase = 0xD8;
        private const byte Padding = 0x00; // what the ROM sends with the flash selected, to leave XIP
        private const byte Ones = 0xFF;
        private const byte QuadEnable = 0x02;
        private const int PageBytes = 256;

        private static readonly byte[] Known =
        {
            WriteStatus, PageProgram, Read, WriteDisable, ReadStatus, WriteEnable, SectorErase, ReadStatus2, UniqueId,
            Block32Erase, JedecId, Block64Erase, Padding, Ones,
        };

        private static readonly byte[] Jedec = { 0xEF, 0x40, 0x15 };
        private static readonly byte[] Unique = { 0xE6, 0x60, 0x5C, 0x62, 0x93, 0x00, 0x00, 0x01 };
    }
}
