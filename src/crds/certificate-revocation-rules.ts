import { countOf } from './rules.ts'
import type { Rule } from './schema.ts'

/** Rules for the spec of a CertificateRevocation. */
export const revocationRules: readonly Rule[] = [
  { rule: 'self == oldSelf', message: 'spec cannot be changed; make a new CertificateRevocation instead' },
  {
    rule: countOf(['certificateRef', 'serialNumber'], '== 1'),
    message: 'name exactly one of certificateRef and serialNumber',
  },
  {
    rule: "!has(self.serialNumber) || self.serialNumber.matches('^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2})*$')",
    message: 'write the serial number in hexadecimal, two digits a byte, for example 03a7f0 or 03:a7:f0',
    fieldPath: '.serialNumber',
  },
  {
    rule: "!has(self.reissue) || self.reissue == 'No' || has(self.certificateRef)",
    message: 'reissue: First needs certificateRef, the Certificate to issue again',
    fieldPath: '.reissue',
  },
]
