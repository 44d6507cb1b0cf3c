// Runs a bundle as Lambda would, one event after another, and says at its end what it used: its memory every 100 ms.
// JavaScript, since stripping types would cost the process a part of what is measured.
import { readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [bundle = '', ...events] = process.argv.slice(2);
const started = performance.now();
const curve = [];
const timer = setInterval(() => curve.push(residentMegabytes()), 100);
timer.unref();

const { handler } = await import(pathToFileURL(`${bundle}/index.mjs`).href);
const imported = performance.now() - started;
const invocations = [];
for (const [index, event] of events.entries()) {
  const began = performance.now();
  const answer = await handler(JSON.parse(event), {
    awsRequestId: `bench-${index}`,
    functionName: 'bench',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    getRemainingTimeInMillis: () => 300_000 - (performance.now() - began),
  });
  invocations.push({ milliseconds: performance.now() - began, answer });
}
const peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1000;
const { userCPUTime, systemCPUTime } = process.resourceUsage();
const cpuSeconds = (userCPUTime + systemCPUTime) / 1_000_000;
writeSync(3, JSON.stringify({ imported, invocations, curve, peak, cpuSeconds }));

function residentMegabytes() {
  return process.memoryUsage.rss() / 1_000_000;
}
