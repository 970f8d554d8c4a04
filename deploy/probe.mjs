// Asks an address once: exit code 0 where the answer has the status (default 200), 1 otherwise. For health checks of containers without curl.
const [url, status = "200"] = process.argv.slice(2);
try {
	const response = await fetch(url, { signal: AbortSignal.timeout(4000) });
	process.exitCode = response.status === Number(status) ? 0 : 1;
} catch {
	process.exitCode = 1;
}
