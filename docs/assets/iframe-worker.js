// Browsers start no worker for a page that was opened as a file. There, this runs a worker's script in a hidden frame,
// so that the search of the site needs no server.
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.loaded = new Promise((loaded, failed) => {
        const script = frame.contentDocument.createElement("script");
        script.onload = () => loaded(inside);
        script.onerror = () => failed(new Error(`${url} could not be loaded`));
        script.src = url;
        frame.contentDocument.body.append(script);
      });
    }

    postMessage(data) {
      this.loaded.then((inside) => inside.dispatchEvent(new MessageEvent("message", { data })));
    }

    terminate() {}
  };
  window.Worker = window.IFrameWorker;
}
