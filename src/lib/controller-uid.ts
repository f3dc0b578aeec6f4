interface Owned {
  readonly metadata: {
    readonly ownerReferences?: readonly {
      readonly uid: string
      readonly kind: string
      readonly name: string
      readonly controller?: boolean
    }[]
  }
}

/** The UIDs by which an object is found from its controlling owner: one, or none. For indexes. */
export function controllerUid(object: Owned): readonly string[] {
  const owner = controllerReference(object)
  return owner === undefined ? [] : [owner.uid]
}

/** The owner that controls an object; undefined when nobody does. */
export function controllerReference({
  metadata,
}: Owned): { readonly uid: string; readonly kind: string; readonly name: string } | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)
}
