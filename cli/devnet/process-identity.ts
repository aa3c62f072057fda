/**
 * Which process a process id means. Ids are given out again after a process has ended or the machine has restarted, so an
 * id alone must never be used to end a process: with the time of its start it names one process for ever.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A shell line that sets `identity` to the identity of the shell's own process, which `exec` does not change. It has to
 * answer what {@link identityOf} does.
 */
export const SHELL_IDENTITY = `if [ -r /proc/$$/stat ]; then
  read -r stat < /proc/$$/stat
  read -r boot < /proc/sys/kernel/random/boot_id
  identity="$boot $(set -- $stat; echo "\${22}")"
else
  identity=$(LC_ALL=C TZ=UTC ps -o lstart= -p $$)
fi`;

/**
 * Identity of a process: boot and start time. `undefined` where no such process runs; one that ended and was not yet
 * collected by its parent does not run.
 */
export function identityOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : psIdentity(pid);
}

/** proc(5): the name in parentheses may hold anything, so fields are counted from the last parenthesis. */
function linuxIdentity(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[18] ?? ''}`;
}

function psIdentity(pid: number): string | undefined {
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env });
  const found = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(stdout);
  return found === null || found[1]?.startsWith('Z') === true ? undefined : found[2];
}
