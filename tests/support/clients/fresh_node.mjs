// OpenAI's npm package in a folder of its own: prints as JSON what came back. SITE and KEY say where and as whom,
// PACKAGES which folder has node_modules.
import { createRequire } from "node:module";

const { default: OpenAI, toFile } = createRequire(`${process.env.PACKAGES}/`)("openai");
const client = new OpenAI({ baseURL: `${process.env.SITE}/v1`, apiKey: process.env.KEY });
const asked = { prompt: "a red heart", size: "128x128", steps: 2, seed: 7 };
const own = await client.images.generate({ model: "starter", ...asked });
const png = Buffer.from(own.data[0].b64_json, "base64");
const theirs = await client.images.generate({ model: "dall-e-3", ...asked });
const fetched = await fetch(theirs.data[0].url);
const image = await toFile(png, "a.png", { type: "image/png" });
const edited = await client.images.edit({ image, prompt: "a blue bird", steps: 2 });
const types = [];
for await (const event of await client.images.generate({ model: "starter", stream: true, partial_images: 1, ...asked })) {
  types.push(event.type);
}
const models = [];
for await (const model of client.models.list()) models.push(model.id);
console.log(JSON.stringify({
  models,
  last: types.at(-1),
  sizes: [png, Buffer.from(await fetched.arrayBuffer()), Buffer.from(edited.data[0].b64_json, "base64")]
    .map((data) => [data.readUInt32BE(16), data.readUInt32BE(20)]),
}));
