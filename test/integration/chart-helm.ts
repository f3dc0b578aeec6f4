import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { ensureTools } from '../testbed/toolchain.ts'

export const root = join(import.meta.dirname, '..', '..')
export const chart = join(root, 'charts', 'certwright')
export const everythingFile = join(chart, 'ci', 'everything-values.yaml')
export const certManagerFile = join(chart, 'ci', 'cert-manager-values.yaml')

/** What a program did. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** As much of an object as the tests look at. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

export interface Helm {
  /** Never throws when helm fails; look at `code`. */
  readonly run: (args: readonly string[]) => Promise<Ran>
  /** The chart as release `certwright` in `cert-manager`, as YAML. Fails the test when it does not render. */
  readonly template: (options: readonly string[]) => Promise<string>
}

/** The real helm, with its caches in `folder`, and without a cluster unless a kubeconfig is given. */
export async function newHelm({
  folder,
  kubeconfig = '/dev/null',
}: {
  readonly folder: string
  readonly kubeconfig?: string
}): Promise<Helm> {
  const { helm } = await ensureTools(['helm'])
  const env = {
    PATH: process.env['PATH'],
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: folder,
    HELM_CONFIG_HOME: folder,
    HELM_DATA_HOME: folder,
  }
  const run: Helm['run'] = (args) =>
    new Promise((resolve) => {
      execFile(helm, [...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : 1, stdout, stderr }),
      )
    })
  return {
    run,
    template: async (options) => succeeded(await run(['template', 'certwright', chart, '--namespace', 'cert-manager', ...options])),
  }
}

/** What it printed. Fails the test with what it complained about when it did not succeed. */
export function succeeded({ code, stdout, stderr }: Ran): string {
  if (code !== 0) expect.fail(stderr === '' ? stdout : stderr)
  return stdout
}

export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Manifest]))
}

export function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind)
}
