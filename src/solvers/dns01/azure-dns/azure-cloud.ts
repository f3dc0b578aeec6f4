import type { AzureDns } from '../../../crds/dns01-solver.ts'
import { OperatorError } from '../../../lib/operator-error.ts'

/** Where one of the separate Azures is. */
export interface AzureCloud {
  /** The Resource Manager, which serves DNS zones too. */
  readonly api: string
  /** Who signs in. */
  readonly authority: string
}

/** The Azure that an issuer names. Throws for the one that is no more: its names may belong to anybody by now, and secrets would go there. */
export function azureCloud({ environment = 'AzurePublicCloud' }: AzureDns): AzureCloud {
  if (environment !== 'AzureGermanCloud') return clouds[environment]
  throw new OperatorError(
    'dns01/configuration',
    'azureDNS.environment: Microsoft closed AzureGermanCloud in 2021; its zones are in another Azure now',
    {
      retry: { kind: 'never' },
    },
  )
}

const clouds = {
  AzurePublicCloud: { api: 'https://management.azure.com', authority: 'https://login.microsoftonline.com' },
  AzureChinaCloud: { api: 'https://management.chinacloudapi.cn', authority: 'https://login.partner.microsoftonline.cn' },
  AzureUSGovernmentCloud: { api: 'https://management.usgovcloudapi.net', authority: 'https://login.microsoftonline.us' },
} as const
