import type { Nameserver } from '../testbed/nameserver.ts'
import { delegationTo, startSilentNameserver } from '../testbed/silent-nameserver.ts'
import type { Testbed } from '../testbed/testbed.ts'

/** BIND with a zone whose names can be proved, one that has a second server which learns nothing, and one whose server is silent. */
export async function benchNameserver(testbed: Testbed): Promise<Nameserver> {
  const second = await testbed.startNameserver({ zones: { 'pending.example': { updates: [] } } })
  const silent = await testbed.claimPodAddress()
  await startSilentNameserver(silent.address)
  return testbed.startNameserver({
    zones: {
      'dns01.example': { updates: 'anybody' },
      'pending.example': { updates: 'anybody', records: ['@ NS second', `second A ${second.address}`] },
      'void.example': { updates: [], records: delegationTo('silent', silent.address) },
    },
  })
}
