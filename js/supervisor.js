// Sees to it that the page is never blank: if the app cannot start, or dies, it says what failed and offers a reload.
// Plain JavaScript without dependencies, because it must work when everything else does not.
(function () {
  "use strict";
  var SLOW_MILLIS = 8000;
  var started = false;
  var failed = false;

  function line(tag, text) {
    var element = document.createElement(tag);
    element.textContent = text;
    return element;
  }

  // Replaces nothing but covers everything, so that what was on the screen can still be inspected.
  function fail(reason) {
    if (failed) return;
    failed = true;
    var boot = document.getElementById("boot");
    if (boot) boot.remove();
    var page = document.createElement("section");
    page.id = "failure";
    page.setAttribute("role", "alert");
    page.append(
      line("h1", started ? "Sightline stopped" : "Sightline could not start"),
      line("pre", String(reason)),
      line(
        "p",
        started
          ? "Reload the page: the address keeps the view."
          : "Reload the page. If that does not help, the files on the server may be incomplete, or this browser too old.",
      ),
    );
    var again = line("button", "Reload");
    again.type = "button";
    again.addEventListener("click", function () {
      location.reload();
    });
    var build = document.querySelector('meta[name="sightline-build"]');
    page.append(again, line("small", "Build " + (build ? build.content : "unknown")));
    document.body.append(page);
    document.documentElement.dataset.failed = "";
    again.focus();
  }
  window.__sightline_fail = fail;

  function described(error) {
    return error && error.message ? error.name + ": " + error.message : String(error);
  }

  // In the capture phase, because failures to load do not bubble.
  window.addEventListener(
    "error",
    function (event) {
      var target = event.target;
      if (target && target !== window) {
        if (started) return;
        var address = target.src || target.href;
        if (target.tagName === "SCRIPT") fail("The script " + address + " did not load.");
        return;
      }
      // A trap leaves the app's memory in an unknown state: nothing on the page can be trusted after it.
      if (!started || event.error instanceof WebAssembly.RuntimeError) fail(described(event.error || event.message));
    },
    true,
  );
  window.addEventListener("unhandledrejection", function (event) {
    if (!started || event.reason instanceof WebAssembly.RuntimeError) fail(described(event.reason));
  });

  window.addEventListener("TrunkApplicationStarted", function () {
    started = true;
    var boot = document.getElementById("boot");
    if (boot) boot.remove();
  });

  if (typeof WebAssembly !== "object") fail("This browser has no WebAssembly.");

  requestAnimationFrame(function () {
    setTimeout(function () {
      performance.mark("sightline:shell-painted");
    }, 0);
  });
  setTimeout(function () {
    var note = document.getElementById("boot-slow");
    if (!started && !failed && note) note.textContent = "Still loading: the connection is slow.";
  }, SLOW_MILLIS);
})();
