// Preloaded into the process that is measured: at its end it says what it has used, on its fourth stream.
// JavaScript, since stripping types would cost the process a part of what is measured.
import { readFileSync, writeSync } from 'node:fs';

process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpuMicroseconds: userCPUTime + systemCPUTime, peakKilobytes: peakOfThisProgram() ?? maxRSS };
  writeSync(3, JSON.stringify(usage));
});

// On Linux `maxRSS` counts from before the fork, when the process was still a copy of its parent.
function peakOfThisProgram() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return Number(kilobytes);
  } catch {
    return undefined;
  }
}
