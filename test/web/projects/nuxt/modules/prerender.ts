import { defineNuxtModule } from "nuxt/kit";

export default defineNuxtModule({
  setup(_options, nuxt) {
    nuxt.options.routeRules = { ...nuxt.options.routeRules, "/about": { prerender: true } };
  },
});
