/**
 * What we take from Google's library. Named one by one in a module of ours: the library is CommonJS, and in the bundle an `import()` of it has
 * no names.
 */
export { gaxios, GoogleAuth, JWT } from 'google-auth-library'
