/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The npm packages of this folder, for tests in other folders. */

export { io } from "socket.io-client";
