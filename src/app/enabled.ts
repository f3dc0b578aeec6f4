/** Whether `--controllers` switches a controller on: `*` means all, `-name` all but that one; the last word on a name wins. */
export function isEnabled(name: string, controllers: readonly string[]): boolean {
  return controllers.reduce((enabled, item) => (item === '*' || item === name ? true : item === `-${name}` ? false : enabled), false)
}
