import type { KindDefinition } from './kind-definition.ts'
import type { JsonSchema } from './schema.ts'

/** The CustomResourceDefinition of a kind, as it is applied. */
export function customResourceDefinition(kind: KindDefinition) {
  const { resource } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${resource.plural}.${resource.group}`, labels: { 'app.kubernetes.io/name': 'certwright' } },
    spec: {
      group: resource.group,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        ...(kind.shortNames && { shortNames: kind.shortNames }),
        categories: kind.categories,
      },
      scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: resource.version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns,
          ...(kind.selectableFields && { selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          subresources: { status: {} },
          schema: { openAPIV3Schema: openApiSchema(kind) },
        },
      ],
    },
  }
}

function openApiSchema(kind: KindDefinition): JsonSchema {
  return {
    type: 'object',
    description: kind.description,
    ...(kind.required && { required: kind.required }),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: kind.spec.json,
      status: kind.status.json,
    },
    ...(kind.rules && { 'x-kubernetes-validations': kind.rules }),
  }
}
