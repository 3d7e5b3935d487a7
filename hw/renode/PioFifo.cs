// What a PIO state machine is connected to its surroundings by: a queue of words, and what it writes in a clock.

namespace Antmicro.Renode.Peripherals.RP2040
{
    // What is written to pins in a clock, and the flags that are raised.
    public struct PioWrites
    {
        public void Write(bool isDirection, uint mask, uint value)
        {
            if(isDirection)
            {
                DirectionMask |= mask;
                Directions = Directions & ~mask | value & mask;
            }
            else
            {
                LevelMask |= mask;
                Levels = Levels & ~mask | value & mask;
            }
        }

        // The second prevails.
        public static PioWrites Over(PioWrites first, PioWrites second)
        {
            first.Write(false, second.LevelMask, second.Levels);
            first.Write(true, second.DirectionMask, second.Directions);
            first.Raised |= second.Raised;
            return first;
        }

        public bool Any { get { return (LevelMask | DirectionMask | Raised) != 0; } }

        public uint LevelMask;
        public uint Levels;
        public uint DirectionMask;
        public uint Directions;
        public uint Raised;
    }

    // A queue of words; a joined one's other half has room for none.
    public class PioFifo
    {
        public PioFifo(int depth)
        {
            words = new uint[depth];
        }

        public void Put(uint word)
        {
            words[(first + Count++) % words.Length] = word;
        }

        public uint Take()
        {
            var word = words[first];
            first = (first + 1) % words.Length;
            Count--;
            return word;
        }

        public int Count { get; private set; }

        public bool Empty { get { return Count == 0; } }

        public bool Full { get { return Count == words.Length; } }

        private int first;
        private readonly uint[] words;
    }
}
