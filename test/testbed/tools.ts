/** The programs of the testbed and what they read, in the order in which they are built: what is small and needed first comes first. */
export const toolNames = [
  'testbed-init',
  'etcd',
  'pebble',
  'pebble-challtestsrv',
  'kube-apiserver',
  'kubectl',
  'kube-controller-manager',
  'traefik',
  'gateway-api.yaml',
  'traefik-crds.yaml',
  'helm',
  'bind',
  'moto',
  'step-ca',
] as const

export type ToolName = (typeof toolNames)[number]

/** Where each tool that was asked for lies. */
export type ToolPaths<N extends ToolName = ToolName> = Readonly<Record<N, string>>

export type ToolSource = ProgramSource | ManifestSource | PackageSource | PythonSource

/** A program that is compiled. */
export interface ProgramSource {
  readonly kind: 'program'
  /** The main package, as `go build` takes it in the module `tools/`. */
  readonly goPackage: string
  /** Own Go sources (relative to `tools/`) that go into this tool, so that a change to them builds it again. */
  readonly ownSources: readonly string[]
  /** Whether lego is replaced by a copy without its DNS providers, which halves what there is to compile. */
  readonly withSmallLego: boolean
  /** A folder of `tools/` that is a Go module of its own, so that its dependencies do not decide over those of the other programs. */
  readonly ownModule?: string
}

/** CRDs that come with a Go module, put together in one file. */
export interface ManifestSource {
  readonly kind: 'manifest'
  readonly goModule: string
  /** Of YAML files, within the module. */
  readonly folder: string
  /** Of the names of the files in it that are meant; undefined: all. */
  readonly prefix?: string
  readonly ownSources: readonly string[]
}

/** A program that Debian has built: a folder with the files of its package and of those it needs. */
export interface PackageSource {
  readonly kind: 'package'
  readonly name: string
  readonly ownSources: readonly string[]
}

/** A program in Python: a virtual environment with what the requirements.txt of its folder names. */
export interface PythonSource {
  readonly kind: 'python'
  readonly ownSources: readonly [folder: string]
}

export const toolSources: Readonly<Record<ToolName, ToolSource>> = {
  'testbed-init': { kind: 'program', goPackage: './testbed-init', ownSources: ['testbed-init'], withSmallLego: false },
  etcd: fromModule('go.etcd.io/etcd/server/v3'),
  pebble: { kind: 'program', goPackage: './pebble', ownSources: ['pebble'], withSmallLego: false },
  'pebble-challtestsrv': fromModule('github.com/letsencrypt/pebble/v2/cmd/pebble-challtestsrv'),
  'kube-apiserver': fromModule('k8s.io/kubernetes/cmd/kube-apiserver'),
  kubectl: fromModule('k8s.io/kubernetes/cmd/kubectl'),
  'kube-controller-manager': fromModule('k8s.io/kubernetes/cmd/kube-controller-manager'),
  traefik: { kind: 'program', goPackage: 'github.com/traefik/traefik/v3/cmd/traefik', ownSources: ['overlay'], withSmallLego: true },
  'gateway-api.yaml': { kind: 'manifest', goModule: 'sigs.k8s.io/gateway-api', folder: 'config/crd/experimental', ownSources: [] },
  'traefik-crds.yaml': {
    kind: 'manifest',
    goModule: 'github.com/traefik/traefik/v3',
    folder: 'docs/content/reference/dynamic-configuration',
    prefix: 'traefik.io_',
    ownSources: [],
  },
  helm: fromModule('helm.sh/helm/v4/cmd/helm'),
  bind: { kind: 'package', name: 'bind9', ownSources: [] },
  moto: { kind: 'python', ownSources: ['moto'] },
  'step-ca': { kind: 'program', goPackage: '.', ownSources: ['step-ca'], withSmallLego: false, ownModule: 'step-ca' },
}

/** Parses a list as in `--tools etcd,pebble`. Throws with the known names when one of them is not a tool. */
export function parseToolNames(text: string): readonly ToolName[] {
  return text.split(',').map((word) => {
    const name = toolNames.find((known) => known === word.trim())
    if (name === undefined) throw new Error(`"${word}" is not a tool of the testbed; there are ${toolNames.join(', ')}`)
    return name
  })
}

function fromModule(goPackage: string): ToolSource {
  return { kind: 'program', goPackage, ownSources: [], withSmallLego: false }
}
