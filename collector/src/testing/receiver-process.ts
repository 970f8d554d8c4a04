/** A receiver in a process of its own, to be killed: `receiver-process.ts DATA_DIR`. Says its ports over IPC. */
import { migrate } from "../migrate.ts";
import { startReceiver } from "../receiver/start-receiver.ts";
import { openStore } from "../store/open-store.ts";

const store = await openStore({ dataDir: process.argv[2] ?? "" });
await migrate(store);
const { httpPort } = await startReceiver({ store, httpPort: 0, grpcPort: null, commitDelayMs: 10 });
process.send?.({ httpPort });
