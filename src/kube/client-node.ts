/**
 * What we take from the Kubernetes client library, loaded only when a kubeconfig is used. Named one by one, so that the
 * bundle holds these parts and not the 80 API clients beside them.
 */
export { KubeConfig, loadYaml } from '@kubernetes/client-node'
