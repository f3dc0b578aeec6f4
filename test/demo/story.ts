import { httpsRequest } from '../testbed/https-request.ts'
import type { Operator } from '../testbed/operator.ts'
import { startHelloServer } from './hello-server.ts'
import type { TlsSite } from './served-chain.ts'
import { untilServed } from './served-chain.ts'
import { showServed } from './show-served.ts'
import type { Stage, StageCrew } from './stage.ts'
import { startStage, startStageOperator, validitySeconds } from './stage.ts'
import type { Steps } from './steps.ts'

export interface Teller extends StageCrew {
  readonly steps: Steps
}

const host = 'hello.example.com'

/** The whole story, from an empty machine to a renewed certificate. Throws at the first step that fails. */
export async function tellStory(teller: Teller): Promise<{ readonly stage: Stage; readonly operator: Operator }> {
  const { steps } = teller
  const stage = await steps.run('A control plane, an ingress controller and an ACME CA, all real', 150, () => startStage(teller))
  const operator = await steps.run('The operator', 120, () => install(teller, stage))
  await steps.run('A CA of your own, and a certificate from it', 90, () => ownCa(stage))
  await steps.run('An ACME issuer', 60, () => acmeIssuer(teller, stage))
  await steps.run('A certificate from the ACME CA', 90, () => acmeCertificate(teller, stage))
  const site = { address: stage.ingress.address, port: stage.ingress.httpsPort, host }
  const serial = await steps.run('Served by the ingress controller', 60, () => serve(teller, stage, site))
  await steps.run('Renewed, with nobody doing anything', validitySeconds + 60, () => renewal(teller, stage, { site, serial }))
  return { stage, operator }
}

async function install({ terminal, ending }: Teller, stage: Stage): Promise<Operator> {
  const { shell } = stage
  await shell.run('kubectl apply --server-side -f deploy/certwright.yaml', {
    shown: (output) => `… ${output.trim().split('\n').length} objects: CRDs, policies, a service account and its rights, the Deployment`,
  })
  await shell.run('kubectl wait --for=condition=Established --timeout=60s -f deploy/crds', {
    shown: (output) => `… ${output.trim().split('\n').length} kinds are served`,
  })
  const operator = await startStageOperator(stage, ending)
  terminal.say(
    `There are no pods here, so the operator runs as a program (pid ${operator.pid}), with the rights of its service account and no others.`,
  )
  terminal.say('Lines with a ~ come from this command, which runs beside the story:')
  shell.startAside(`kubectl get certificates --watch -o custom-columns='${certificateColumns}'`)
  return operator
}

const statusOf = (condition: string): string => `.status.conditions[?(@.type=="${condition}")].status`
const certificateColumns = `NAME:.metadata.name,REVISION:.status.revision,ISSUING:${statusOf('Issuing')},READY:${statusOf('Ready')},EXPIRES:.status.notAfter`

async function ownCa({ shell }: Stage): Promise<void> {
  await shell.run('kubectl apply -f deploy/samples/1-own-ca.yaml')
  await shell.run('kubectl wait --for=condition=Ready --timeout=60s issuer/own-ca')
  await shell.run('kubectl apply -f deploy/samples/2-own-ca-certificate.yaml')
  await shell.run('kubectl wait --for=condition=Ready --timeout=60s certificate/orders')
  await shell.run('kubectl get secret orders-tls')
}

async function acmeIssuer({ terminal }: Teller, { shell }: Stage): Promise<void> {
  terminal.say("The sample is for Let's Encrypt. Here it gets the address of Pebble, and the CA bundle for its HTTPS:")
  await shell.run(
    'kubectl patch --local -f deploy/samples/3-acme-issuer.yaml --type=merge --patch-file=$DEMO/pebble-issuer.yaml -o yaml | kubectl apply -f -',
  )
  await shell.run('kubectl wait --for=condition=Ready --timeout=45s issuer/lets-encrypt')
  await shell.run('kubectl get issuers -o wide')
}

async function acmeCertificate({ terminal }: Teller, { shell }: Stage): Promise<void> {
  await shell.run('kubectl apply -f deploy/samples/4-acme-certificate.yaml')
  await shell.run('kubectl wait --for=condition=Ready --timeout=60s certificate/hello')
  terminal.say('What happened:')
  await shell.run('kubectl get certificaterequests,orders')
  terminal.say(
    'Through the ingress controller went the questions of the operator itself, until the answer was there, and then those of the CA:',
  )
  await shell.run(String.raw`awk -F'"' '/acme-challenge/ { print substr($3, 2, 3), $2 }' $DEMO/logs/traefik-access.log`)
  await shell.run('kubectl events --for certificate/hello')
}

/** Returns the serial number of the leaf that is served. */
async function serve({ terminal, ...teller }: Teller, stage: Stage, site: TlsSite): Promise<string> {
  const { shell, testbed, acme } = stage
  await startHelloServer(testbed)
  terminal.say('The Service `hello` is there already; it leads to a small web server of this demo.')
  await shell.run('kubectl apply -f deploy/samples/5-ingress.yaml')
  const leaf = await untilServed(site)
  await showServed({ ...teller, terminal, shell }, site, '$DEMO/pebble-roots.pem')
  const answer = await httpsRequest(`https://${site.address}:${site.port}/`, {
    ca: (await acme.roots()).join('\n'),
    servername: host,
    headers: { host },
  })
  terminal.say(`GET https://${host}/ answers, with the chain verified: ${answer.status} ${answer.body.trim()}`)
  return leaf.serialNumber
}

async function renewal(
  { terminal }: Teller,
  { shell }: Stage,
  { site, serial }: { readonly site: TlsSite; readonly serial: string },
): Promise<void> {
  const revision = Number(await shell.run("kubectl get certificate hello -o jsonpath='{.status.revision}'"))
  const renewalAt = Date.parse(await shell.run("kubectl get certificate hello -o jsonpath='{.status.renewalTime}'"))
  terminal.say(
    `It is valid for ${validitySeconds} seconds. Two thirds of them are over in ${Math.max(0, Math.round((renewalAt - Date.now()) / 1_000))} s; then it is renewed.`,
  )
  const stopCountdown = terminal.countdown(renewalAt)
  await shell
    .run(`kubectl wait --for=jsonpath='{.status.revision}'=${revision + 1} --timeout=${validitySeconds + 30}s certificate/hello`)
    .finally(stopCountdown)
  await shell.run('kubectl events --for certificate/hello | tail -n 4')
  const renewed = await untilServed(site, serial)
  terminal.say('The ingress controller serves')
  terminal.output(`before  serial ${serial}\nnow     serial ${renewed.serialNumber}, valid until ${renewed.validTo}`)
}
