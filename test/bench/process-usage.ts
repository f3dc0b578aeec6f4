import { readFile } from 'node:fs/promises'

export interface ProcessUsage {
  /** User and system time since the start of the process. */
  readonly cpuSeconds: number
  /** The memory that it has resident, in MiB, and the most that it ever had. */
  readonly rssMiB: number
  readonly peakRssMiB: number
}

// USER_HZ, which /proc counts in, is 100 on every Linux that Node runs on.
const TICKS_PER_SECOND = 100

/** What a process has used so far. Throws when it is gone. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The program's name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string): number => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) / 1_024)
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssMiB: mebibytes('VmRSS'),
    peakRssMiB: mebibytes('VmHWM'),
  }
}
