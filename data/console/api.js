/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Asks the service's /console/api/. */

const TIMEOUT_MS = 8000;
const TOKEN_KEY = "tidewire.token";

/* What went wrong. `status` is 0 when no answer came. */
export class ApiError extends Error {
  constructor(status, answer) {
    super(answer?.message ?? `The service answered with ${status}.`);
    this.status = status;
    this.code = answer?.code ?? "";
    this.mode = answer?.mode ?? "";
  }
}

/* A token that somebody typed in, for as long as the tab lives. */
export const token = {
  get() {
    try {
      return sessionStorage.getItem(TOKEN_KEY);
    } catch {
      return this.kept ?? null;
    }
  },
  set(text) {
    this.kept = text;
    try {
      if (text === null) sessionStorage.removeItem(TOKEN_KEY);
      else sessionStorage.setItem(TOKEN_KEY, text);
    } catch {
      /* No storage: then it lasts as long as the page. */
    }
  },
};

function address(path, query = {}) {
  const url = new URL(`api/${path}`, import.meta.url);
  for (const [name, value] of Object.entries(query))
    if (value !== "" && value !== undefined) url.searchParams.set(name, value);
  /* Log-in for development takes the name from here. */
  const user = new URLSearchParams(location.search).get("user");
  if (user !== null) url.searchParams.set("user", user);
  return url;
}

async function send(path, { method = "GET", query, body, keepalive = false } = {}) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token.get() !== null) headers.Authorization = `Bearer ${token.get()}`;
  let answer;
  try {
    answer = await fetch(address(path, query), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      keepalive,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new ApiError(0, {
      code: "unreachable",
      message: "The service does not answer.",
    });
  }
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await answer.json().catch(() => null));
}

/* Both throw an ApiError when that is what comes back. */
export async function ask(path, options) {
  const answer = await send(path, options);
  try {
    if (answer.status !== 204) return await answer.json();
    /* Done, and nothing to say; what is not read counts as broken off. */
    await answer.text();
    return null;
  } catch {
    throw new ApiError(0, {
      code: "unreachable",
      message: "The answer is not complete.",
    });
  }
}

export async function askText(path, options) {
  const answer = await send(path, options);
  return answer.text().catch(() => {
    throw new ApiError(0, {
      code: "unreachable",
      message: "The answer is not complete.",
    });
  });
}
