// Runs before anything else of the page: notes what goes wrong while it loads.
window.faults = [];
addEventListener("error", (event) => {
  const what = event.target && event.target !== window ? event.target.outerHTML.slice(0, 200) : event.message;
  window.faults.push("error: " + what);
}, true);
addEventListener("unhandledrejection", (event) => window.faults.push("rejected: " + event.reason));
addEventListener("securitypolicyviolation", (event) => window.faults.push("policy: " + event.violatedDirective + " " + event.blockedURI));
console.error = (...words) => window.faults.push("console: " + words.join(" "));
console.assert = (holds, ...words) => { if (!holds) window.faults.push("assertion: " + words.join(" ")); };
