// Programs that tests start: none is left behind, however a test ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const running = new Set();

// A test that throws before it could stop what it had started, a run that somebody ends: what runs on keeps ports and locks.
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.on(signal, () => process.exit(code));

/** Starts a program that ends with this process at the latest. */
export function start(program, args, options) {
  const child = spawn(program, args, options);
  running.add(child);
  child.on('exit', () => running.delete(child));
  child.on('error', () => running.delete(child));
  return child;
}

/** Asks it to end, and waits until it has. */
export async function end(child, signal = 'SIGTERM') {
  if (!running.has(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
