/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The little of TAP that the browser tests need. */

let done = 0;
let failed = 0;

/* Runs one named check. What it throws makes it fail, never the others. A check that
 * returns a string is skipped for that reason. Resolves with whether it did not fail. */
export async function check(name, func) {
  done += 1;
  try {
    const reason = await func();
    console.log(
      `ok ${done} - ${name}${typeof reason === "string" ? ` # SKIP ${reason}` : ""}`,
    );
    return true;
  } catch (error) {
    failed += 1;
    console.log(`not ok ${done} - ${name}`);
    for (const line of String(error?.stack ?? error).split("\n"))
      console.log(`# ${line}`);
    return false;
  }
}

/* The plan comes last: it says how many checks there were. Returns an exit code. */
export function finish() {
  console.log(`1..${done}`);
  return failed === 0 ? 0 : 1;
}

export function bailOut(reason) {
  const [first, ...rest] = reason.split("\n");
  for (const line of rest) console.log(`# ${line}`);
  console.log(`Bail out! ${first}`);
  process.exit(1);
}

export function skipAll(reason) {
  console.log(`1..0 # SKIP ${reason}`);
  process.exit(0);
}
