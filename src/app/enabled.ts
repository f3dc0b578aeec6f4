/**
 * Whether `--controllers` switches a controller on: `*` means all, `-name` all but that one; the last word on a name wins.
 * A part that the incumbent has as a controller of its own (`certificates-trigger`) asks for the one here that does its work.
 */
export function isEnabled(name: string, controllers: readonly string[]): boolean {
  return controllers.reduce(
    (enabled, item) => (item === '*' || item === name || isPartOf(item, name) ? true : item === `-${name}` ? false : enabled),
    false,
  )
}

function isPartOf(item: string, name: string): boolean {
  return item.startsWith(`${name}-`) && item !== 'certificaterequests-approver'
}
