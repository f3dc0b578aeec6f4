import { isIP } from 'node:net'

import { annotation, solverAnnotations } from '../../crds/annotations.ts'
import type { Challenge } from '../../crds/challenge.ts'
import type { Http01Ingress } from '../../crds/issuer.ts'
import type { New } from '../../kube/cluster.ts'
import type { Ingress, IngressPath, IngressRule } from '../../kube/kinds.ts'
import { challengePath } from './challenge-path.ts'
import type { PathTarget } from './path-publication.ts'
import { ownedByChallenge, solverLabels, solverObjectName } from './solver-metadata.ts'
import { SOLVER_PORT } from './solver-service.ts'

export interface IngressOptions {
  /** `ImplementationSpecific` for ingress controllers that do not know `Exact` (gate ACMEHTTP01IngressPathTypeExact). */
  readonly pathType: 'Exact' | 'ImplementationSpecific'
  /** `--acme-http01-solver-extra-labels`. */
  readonly extraLabels: Readonly<Record<string, string>>
}

/** The Ingress that sends one Challenge's path to the Service with the answer. Its name is fixed by the Challenge, so that it is never made twice. */
export function solverIngress(target: PathTarget, config: Http01Ingress, options: IngressOptions): New<Ingress> {
  const { challenge } = target
  const { metadata, spec } = challenge
  const { className, classAnnotation } = ingressClassOf(config)
  return {
    metadata: {
      name: solverObjectName(challenge),
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      labels: { ...options.extraLabels, ...solverLabels(challenge), ...config.ingressTemplate?.metadata?.labels },
      annotations: { ...classAnnotation, ...templateAnnotations(config) },
      ownerReferences: [ownedByChallenge(challenge)],
    },
    spec: { ...className, rules: [{ ...hostOf(spec.dnsName), http: { paths: [solverPath(target, options)] } }] },
  }
}

/** Whether rules send the Challenge's path to the Service. */
export function hasSolverPath(rules: readonly IngressRule[] | undefined, { challenge, service }: PathTarget): boolean {
  return (rules ?? []).some(
    (rule) =>
      isForChallenge(rule, challenge) && (rule.http?.paths ?? []).some((path) => isSolverPath(path, challenge) && leadsTo(path, service)),
  )
}

/**
 * Rules with the Challenge's path added: first in the rule of its host, or in a rule of its own. A rule without paths is left alone,
 * because it would be taken for ours when the path is removed.
 */
export function withSolverPath(
  rules: readonly IngressRule[] | undefined,
  target: PathTarget,
  options: IngressOptions,
): readonly IngressRule[] {
  const { challenge } = target
  const others = withoutSolverPath(rules, challenge)
  const path = solverPath(target, options)
  const at = others.findIndex((rule) => isForChallenge(rule, challenge) && (rule.http?.paths.length ?? 0) > 0)
  const rule = others[at]
  if (rule === undefined) return [...others, { ...hostOf(challenge.spec.dnsName), http: { paths: [path] } }]
  return others.with(at, { ...rule, http: { paths: [path, ...(rule.http?.paths ?? [])] } })
}

/** Rules without the Challenge's path; a rule that holds nothing else goes with it. */
export function withoutSolverPath(rules: readonly IngressRule[] | undefined, challenge: Challenge): readonly IngressRule[] {
  return (rules ?? []).flatMap((rule): readonly IngressRule[] => {
    const paths = rule.http?.paths ?? []
    const kept = paths.filter((path) => !isSolverPath(path, challenge))
    if (!isForChallenge(rule, challenge) || kept.length === paths.length) return [rule]
    return kept.length === 0 ? [] : [{ ...rule, http: { paths: kept } }]
  })
}

function solverPath({ challenge, service }: PathTarget, { pathType }: IngressOptions): IngressPath {
  return { path: challengePath(challenge.spec.token), pathType, backend: { service: { name: service, port: { number: SOLVER_PORT } } } }
}

function isSolverPath({ path }: IngressPath, { spec }: Challenge): boolean {
  return path === challengePath(spec.token)
}

function leadsTo({ backend }: IngressPath, service: string): boolean {
  return backend.service?.name === service && backend.service.port?.number === SOLVER_PORT
}

function isForChallenge(rule: IngressRule, { spec }: Challenge): boolean {
  return (rule.host ?? '') === (hostOf(spec.dnsName).host ?? '')
}

/** An Ingress rule cannot name an address, so the path of an IP identifier is served for every host (RFC 8738 §5). */
function hostOf(name: string): { readonly host?: string } {
  return isIP(name) === 0 ? { host: name } : {}
}

function ingressClassOf(config: Http01Ingress): {
  readonly className: { readonly ingressClassName?: string }
  readonly classAnnotation: Readonly<Record<string, string>>
} {
  const { ingressClassName } = config
  return {
    className: ingressClassName === undefined ? {} : { ingressClassName },
    classAnnotation: config.class === undefined ? {} : { [annotation.ingressClass]: config.class },
  }
}

/** The allow-list of the template, under whatever prefix, stands in the place of the default one. */
function templateAnnotations(config: Http01Ingress): Readonly<Record<string, string>> {
  const given = config.ingressTemplate?.metadata?.annotations ?? {}
  const hasAllowList = Object.keys(given).some((key) => key.slice(key.lastIndexOf('/') + 1) === 'whitelist-source-range')
  return hasAllowList ? given : { ...solverAnnotations.ingress, ...given }
}
