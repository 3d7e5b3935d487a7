// RESETS (datasheet 2.14), and the reset of the chip as a whole: by power, by the watchdog, by command.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Peripherals.IRQControllers;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // At a chip reset every block is reset in the very clock; the processor stands, and begins in its boot ROM when
    // Renode can next take hold of it, a quantum later at the most. Memory stays as it is, as on silicon; so do clocks
    // that count since power-on.
    public class Chip : Block
    {
        public Chip(IMachine machine, Watchdog watchdog) : base("RESETS")
        {
            this.machine = machine;
            this.watchdog = watchdog;
            watchdog.Bitten += timedOut => Restart(timedOut ? WatchdogTimer : Command);
        }

        public override void Reset()
        {
            held = All;
        }

        // As if the power had been off and on. What RAM holds afterwards is its owner's affair.
        public void PowerCycle()
        {
            watchdog.Reset();
            Restart(Power);
        }

        // The processor executes nothing while this is so, over resets too; everything else goes on.
        public bool Frozen
        {
            get { return frozen; }
            set
            {
                frozen = value;
                if(value)
                {
                    Cpu.IsHalted = true;
                }
                else
                {
                    machine.LocalTimeSource.ExecuteInNearestSyncedState(_ => Release());
                }
            }
        }

        // (Power, WatchdogTimer or Command), after the blocks have been reset.
        public event Action<int> Restarted = cause => { };

        public const int Power = 0;
        public const int WatchdogTimer = 1;
        public const int Command = 2;

        protected override uint Read(long register)
        {
            switch(register)
            {
            case Resets:
                return held;
            case WatchdogSelect:
                return watchdogSelect;
            case Done:
                return ~held & All;
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            switch(register)
            {
            case Resets:
                foreach(var block in Blocks.Where(block => ((value & ~held) >> block.Key & 1) != 0))
                {
                    ResetAt(block.Value);
                }
                held = value & All;
                break;
            case WatchdogSelect:
                watchdogSelect = value & All;
                break;
            default:
                NotModelled(register, value);
                break;
            }
        }

        private void ResetAt(ulong address)
        {
            var there = machine.SystemBus.WhatPeripheralIsAt(address) as Block;
            if(there != null)
            {
                there.Reset();
            }
        }

        private void Restart(int cause)
        {
            Cpu.IsHalted = true;
            restarts = true;
            foreach(var block in machine.GetPeripheralsOfType<Block>().Where(block => block != watchdog))
            {
                block.Reset();
            }
            machine.LocalTimeSource.ExecuteInNearestSyncedState(_ =>
            {
                machine.GetPeripheralsOfType<NVIC>().Single().Reset();
                Cpu.Reset();
                Cpu.VectorTableOffset = 0;
                restarts = false;
                Release();
            });
            this.Log(LogLevel.Info, "the chip is reset: {0}", Causes[cause]);
            Restarted(cause);
        }

        private void Release()
        {
            if(!frozen && !restarts)
            {
                Cpu.IsHalted = false;
                Cpu.Resume(); // after a reset Renode's next version leaves it paused; where it runs, this does nothing
            }
        }

        private CortexM Cpu { get { return machine.SystemBus.GetCPUs().OfType<CortexM>().Single(); } }

        private bool frozen;
        private bool restarts;
        private uint held = All;
        private uint watchdogSelect;

        private readonly IMachine machine;
        private readonly Watchdog watchdog;

        private static readonly string[] Causes = { "power", "the watchdog's time was up", "by command" };

        // Bits of RESETS and where their blocks are.
        private static readonly Dictionary<int, ulong> Blocks = new Dictionary<int, ulong>
        {
            { 0, 0x4004C000 }, // ADC
            { 2, 0x50000000 }, // DMA
            { 5, 0x40014000 }, // IO_BANK0
            { 6, 0x40018000 }, // IO_QSPI
            { 8, 0x4001C000 }, // PADS_BANK0
            { 9, 0x40020000 }, // PADS_QSPI
            { 10, 0x50200000 }, // PIO0
            { 11, 0x50300000 }, // PIO1
            { 12, 0x40028000 }, // PLL_SYS
            { 13, 0x4002C000 }, // PLL_USB
            { 14, 0x40050000 }, // PWM
            { 15, 0x4005C000 }, // RTC
            { 21, 0x40054000 }, // TIMER
            { 22, 0x40034000 }, // UART0
            { 24, 0x50110000 }, // USB
        };

        private const uint All = 0x1FFFFFF;
        private const long Resets = 0;
        private const long WatchdogSelect = 4;
        private const long Done = 8;
    }
}
