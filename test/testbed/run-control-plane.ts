import type { ControlPlane } from './control-plane.ts'
import { startApiServer, startControllerManager, startEtcd } from './control-plane.ts'
import type { Daemon } from './daemon.ts'
import type { Restartable, Teardown } from './teardown.ts'
import { restartable, startPart } from './teardown.ts'

export interface RunningControlPlane {
  readonly etcd: Daemon
  readonly apiServer: Restartable
  readonly controllerManager: Daemon
}

/** Starts the three programs of a control plane, one after another, and waits until each is ready. */
export async function runControlPlane(plane: ControlPlane, teardown: Teardown): Promise<RunningControlPlane> {
  const etcd = await startPart(teardown, startEtcd(plane))
  const apiServer = restartable(teardown, () => startApiServer(plane))
  await apiServer.start()
  const controllerManager = await startPart(teardown, startControllerManager(plane))
  return { etcd, apiServer, controllerManager }
}
