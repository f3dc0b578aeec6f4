import { expect, test } from 'vitest'
import type { CertificateRequest } from '../../crds/certificate-request.ts'
import { signerNames } from './approval-permission.ts'

type IssuerRef = CertificateRequest['spec']['issuerRef']

test.each<[what: string, issuerRef: IssuerRef, names: readonly string[]]>([
  ['an Issuer', { name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }, ['issuers.cert-manager.io/*', 'issuers.cert-manager.io/shop.ca']],
  ['an issuer without kind and group', { name: 'ca' }, ['issuers.cert-manager.io/*', 'issuers.cert-manager.io/shop.ca']],
  ['a ClusterIssuer', { name: 'ca', kind: 'ClusterIssuer' }, ['clusterissuers.cert-manager.io/*', 'clusterissuers.cert-manager.io/ca']],
  [
    'an IssuerPool',
    { name: 'acme', kind: 'IssuerPool', group: 'certwright.dev' },
    ['issuerpools.certwright.dev/*', 'issuerpools.certwright.dev/shop.acme'],
  ],
  [
    'a ClusterIssuerPool',
    { name: 'acme', kind: 'ClusterIssuerPool', group: 'certwright.dev' },
    ['clusterissuerpools.certwright.dev/*', 'clusterissuerpools.certwright.dev/acme'],
  ],
  [
    'a foreign issuer, of which nobody knows whether it belongs to the cluster',
    { name: 'ca', kind: 'WidgetIssuer', group: 'widgets.example' },
    ['widgetissuers.widgets.example/*', 'widgetissuers.widgets.example/shop.ca', 'widgetissuers.widgets.example/ca'],
  ],
  [
    'a foreign issuer whose name looks like namespace and name',
    { name: 'bank.ca', kind: 'WidgetIssuer', group: 'widgets.example' },
    ['widgetissuers.widgets.example/*', 'widgetissuers.widgets.example/shop.bank.ca'],
  ],
  [
    'a foreign cluster issuer',
    { name: 'ca', kind: 'WidgetClusterIssuer', group: 'widgets.example' },
    ['widgetclusterissuers.widgets.example/*', 'widgetclusterissuers.widgets.example/ca'],
  ],
])('%s may be approved for under the names that the admission policy knows', (_what, issuerRef, names) => {
  const request: CertificateRequest = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: { namespace: 'shop', name: 'web-1' },
    spec: { request: '', issuerRef },
  }
  expect(signerNames(request)).toEqual(names)
})
