// Sets the theme before the first paint: from the address, then what this viewer chose before, then the system.
// Classic and blocking on purpose; must not throw, since storage is denied in some frames.
(function () {
  "use strict";
  var root = document.documentElement;
  var asked = null;
  try {
    asked = new URLSearchParams(location.search).get("theme");
  } catch (_) {
    // Without a readable address the next source decides.
  }
  if (asked !== "light" && asked !== "dark" && asked !== "system") {
    try {
      asked = localStorage.getItem("sightline:theme");
    } catch (_) {
      asked = null;
    }
  }
  var dark = asked === "dark" || (asked !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.style.colorScheme = dark ? "dark" : "light";
  var tint = document.querySelector('meta[name="theme-color"]');
  if (tint) tint.content = dark ? "#161618" : "#f7f7f5";
})();
