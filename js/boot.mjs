// What Trunk calls while it loads the app: the progress bar, and the failure page.
export default function boot() {
  const fill = document.getElementById("boot-fill");
  return {
    onProgress({ current, total }) {
      // Precompressed files have no known length; then the bar stays at its slow animation.
      if (fill && total > 0) fill.style.width = `${Math.min(100, Math.round((100 * current) / total))}%`;
    },
    onSuccess() {
      performance.mark("sightline:wasm-started");
    },
    onFailure(error) {
      window.__sightline_fail?.(`The program could not be loaded or started. ${error?.message ?? error}`);
    },
  };
}
