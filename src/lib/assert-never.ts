/** Makes the compiler prove that a switch is exhaustive. Throws if a value nevertheless gets here. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
