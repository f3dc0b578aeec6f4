import { writeFile } from 'node:fs/promises'

/** Writes a kubeconfig with one cluster and one user. `user` holds the fields of the kubeconfig format (`tokenFile`, `client-certificate-data`, …). */
export async function writeKubeconfig(
  path: string,
  { apiServerUrl, ca, user }: { readonly apiServerUrl: string; readonly ca: string; readonly user: Readonly<Record<string, string>> },
): Promise<void> {
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'testbed', cluster: { server: apiServerUrl, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name: 'testbed', user }],
    contexts: [{ name: 'testbed', context: { cluster: 'testbed', user: 'testbed' } }],
    'current-context': 'testbed',
  }
  // JSON is YAML.
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 })
}
