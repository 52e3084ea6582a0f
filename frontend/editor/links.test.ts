import assert from "node:assert/strict";
import test from "node:test";
import { cleanHref, hrefOf } from "./links";

test("a link leads to the web or to a mailbox, nowhere else", () => {
  for (const good of ["https://example.org/a?b=c#d", "http://example.org", "mailto:jo@example.org"]) assert.equal(cleanHref(good), good);
  for (const bad of [
    "javascript:alert(1)",
    " \u0001JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "//example.org",
    "/p/x",
    "https:///x",
    "",
    `https://example.org/${"x".repeat(2000)}`,
  ]) {
    assert.equal(cleanHref(bad), null, bad.slice(0, 30));
  }
});

test("what could end an address or hide in it is encoded", () => {
  assert.equal(cleanHref('https://example.org/"><script>'), "https://example.org/%22%3E%3Cscript%3E");
  assert.equal(cleanHref("HTTPS://example.org/a b\u202e"), "https://example.org/a%20b%E2%80%AE");
});

test("the beginning of an address may be left out when one types it", () => {
  assert.equal(hrefOf("example.org/x"), "https://example.org/x");
  assert.equal(hrefOf(" jo@example.org "), "mailto:jo@example.org");
  assert.equal(hrefOf("example.org:8080"), "https://example.org:8080");
  assert.equal(hrefOf("javascript:alert(1)"), null);
  assert.equal(hrefOf("  "), null);
});
