import { readFile, writeFile } from "node:fs/promises";
import { componentize } from "@bytecodealliance/componentize-js";

const [source, wit, out] = process.argv.slice(1);
const [code, witWorld] = [await readFile(source, "utf8"), await readFile(wit, "utf8")];
const disableFeatures = ["stdio", "random", "clocks", "http", "fetch-event"];
const { component } = await componentize(code, { witWorld, worldName: "handler-world", disableFeatures });
await writeFile(out, component);
