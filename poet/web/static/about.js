import { openPage } from "./language.js";

await openPage();
