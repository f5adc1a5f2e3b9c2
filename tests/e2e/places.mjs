// Where the test servers listen, and where the lab keeps its files. The lab's backends allow the ports 8090 to 8099; the places
// that show the demo need none of those.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const place = (port, base = "/", host = "127.0.0.1") => ({ port, base, url: `http://${host}:${port}${base}` });

/** The app as most people host it; `SIGHTLINE_APP_PORT` names a server that runs already. */
export const APP = place(Number(process.env.SIGHTLINE_APP_PORT ?? 8091));
/** The same in a sub-folder. */
export const SUBFOLDER = place(8192, "/portal/metrics/");
/** The same, allowing to be framed by the page below. */
export const FRAMED = place(8193);
/** A page of another site with the app in a sandboxed frame. */
export const FRAME_HOST = place(8194, "/", "localhost");

export const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
/** Where the lab keeps what it makes. */
export const LAB_FOLDER = resolve(process.env.SIGHTLINE_LAB ?? join(ROOT, ".lab"));
const written = join(LAB_FOLDER, "workspace.json");
/** The workspace that the lab wrote when it started; without a lab, what it is made from. */
export const LAB_WORKSPACE = existsSync(written) ? written : join(ROOT, "tests/lab/workspace.json");

const PORT_SHIFT = Number(process.env.SIGHTLINE_PORT_SHIFT ?? 0);
/** A server of the lab, by its port there; a second lab beside the first has all of them shifted. */
export const ofLab = (port) => `http://127.0.0.1:${port + PORT_SHIFT}`;
