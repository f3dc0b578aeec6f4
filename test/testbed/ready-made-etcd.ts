import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { claimLoopbackAddress } from './addresses.ts'
import { etcdFolder, prepareControlPlane, type ControlPlane } from './control-plane.ts'
import { runKubectl } from './kubectl.ts'
import { withMachineLock } from './machine-lock.ts'
import { runControlPlane, type RunningControlPlane } from './run-control-plane.ts'
import { newTeardown } from './teardown.ts'
import { cacheFolder } from './toolchain.ts'

/** What of ours is in a cluster from the start: the kinds, or all of the static manifest. */
export type Installed = 'nothing' | 'kinds' | 'operator'

const run = promisify(execFile)
const deploy = join(import.meta.dirname, '..', '..', 'deploy')
const kinds = join(deploy, 'crds')
const staticManifest = join(deploy, 'certwright.yaml')

/**
 * Gives an etcd that has not started yet the data of a cluster with this in it. Such data is made once, by booting a cluster and
 * applying the manifests, and kept in the cache: to start on it is less than half the work.
 */
export async function installBeforehand(plane: ControlPlane, installed: Installed): Promise<void> {
  const source = join(cacheFolder(), `cluster-with-${installed}-${await fingerprint(plane.tools, installed)}`)
  if (!existsSync(source)) {
    const making = (): Promise<void> => makeUnlessThere(plane.tools, installed, source)
    await withMachineLock('certwright-testbed-etcd', () => undefined, making)
  }
  await copyFolder(source, etcdFolder(plane))
}

/** Of everything that decides what such a cluster holds. */
async function fingerprint(tools: ControlPlane['tools'], installed: Installed): Promise<string> {
  const hash = createHash('sha256')
  for (const tool of ['etcd', 'kube-apiserver', 'kube-controller-manager'] as const) {
    const { size, mtimeMs } = await stat(tools[tool])
    hash.update(`${tools[tool]} ${size} ${mtimeMs}\n`)
  }
  const sources = ['control-plane.ts', 'ready-made-etcd.ts'].map((file) => join(import.meta.dirname, file))
  const ofKinds = (await readdir(kinds)).toSorted().map((file) => join(kinds, file))
  const applied = { nothing: [], kinds: ofKinds, operator: [staticManifest] }[installed]
  for (const file of [...sources, ...applied]) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 16)
}

/** Whoever held the lock before us, or holds that of another network namespace, may have made the same. */
async function makeUnlessThere(tools: ControlPlane['tools'], installed: Installed, target: string): Promise<void> {
  if (existsSync(target)) return
  const scratch = `${target}-${process.pid}`
  await mkdir(dirname(target), { recursive: true })
  try {
    await make(tools, installed, scratch)
    await rename(scratch, target).catch((error: unknown) => {
      if (!existsSync(target)) throw error
    })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function make(tools: ControlPlane['tools'], installed: Installed, target: string): Promise<void> {
  const claimed = await claimLoopbackAddress()
  const folder = await mkdtemp(join(tmpdir(), `certwright-testbed-${process.pid}-with-${installed}-`))
  const teardown = newTeardown(folder, false)
  teardown.add(async () => claimed.release())
  try {
    const plane = await prepareControlPlane(folder, claimed, tools)
    const running = await runControlPlane(plane, teardown)
    await install(plane, installed)
    await comeToRest(plane, running)
    await copyFolder(etcdFolder(plane), target)
  } finally {
    await teardown.run()
  }
}

async function install(plane: ControlPlane, installed: Installed): Promise<void> {
  if (installed === 'nothing') return
  await kubectl(plane, 'apply', '--server-side', '-f', installed === 'kinds' ? kinds : staticManifest)
  await kubectl(plane, 'wait', '--for=condition=Established', '--timeout=120s', '-f', kinds)
}

/** Ends all programs, the one that holds the data last. The certificate of this CA is for no cluster to come. */
async function comeToRest(plane: ControlPlane, { etcd, apiServer, controllerManager }: RunningControlPlane): Promise<void> {
  await controllerManager.stop('SIGKILL')
  await kubectl(plane, 'delete', 'configmaps', '--all-namespaces', '--field-selector=metadata.name=kube-root-ca.crt')
  await apiServer.stop('SIGKILL')
  await etcd.stop()
}

async function kubectl(plane: ControlPlane, ...words: readonly string[]): Promise<void> {
  const { code, stderr } = await runKubectl(plane.tools.kubectl, plane.kubeconfig, words, {})
  if (code !== 0) throw new Error(`kubectl ${words.join(' ')} failed: ${stderr}`)
}

/** etcd reserves 64 MB for its log, of which next to nothing is written: holes stay holes. */
async function copyFolder(from: string, to: string): Promise<void> {
  await run('cp', ['--recursive', '--sparse=always', from, to])
}
