/* What static/finder/sw.js is told by the server (locator/web/finder/offline.py writes it before the script), and where it runs. */

declare const SHELL: {
  version: string;
  data_version: string;
  home: string;
  named: string[];
  last_page: string;
  unsent_page: string;
  stations: string;
  pages: string[];
  files: string[];
  documents: string[];
};

/* What runs these scripts is a service worker, which the library calls by its general name. */
interface WorkerGlobalScope {
  registration: ServiceWorkerRegistration;
  clients: Clients;
  skipWaiting(): Promise<void>;
}

interface WorkerGlobalScopeEventMap {
  install: ExtendableEvent;
  activate: ExtendableEvent;
  fetch: FetchEvent;
}

/** A response, or null where there is none in time. */
type Found = Response | null | undefined;
