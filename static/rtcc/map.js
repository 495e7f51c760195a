// The map of reads: boundaries that the project ships, and a pin for each device, made from the rows
// of the table below it. The table holds all that the map shows, so the map may fail without loss.
"use strict";

const readPoints = (canvas) =>
  [...document.querySelectorAll(`#${canvas.dataset.table} tr[data-latitude]`)].map((row) => ({
    number: Number(row.dataset.number),
    latitude: Number(row.dataset.latitude),
    longitude: Number(row.dataset.longitude),
    label: row.dataset.place,
    time: row.querySelector("time").textContent,
  }));

// Reads of one device share a pin.
const groupByPlace = (points) => {
  const places = new Map();
  for (const point of points) {
    const key = `${point.latitude},${point.longitude}`;
    if (!places.has(key)) places.set(key, { ...point, reads: [] });
    places.get(key).reads.push({ number: point.number, time: point.time });
  }
  return [...places.values()];
};

const describePlace = (place) => {
  const box = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = place.label;
  const list = document.createElement("ol");
  list.className = "rg-pin__list";
  for (const read of place.reads) {
    const item = document.createElement("li");
    item.value = read.number;
    item.textContent = read.time;
    list.append(item);
  }
  box.append(name, list);
  return box;
};

const chooseRows = (place, pin) => {
  for (const marked of document.querySelectorAll(".rg-pin.is-chosen, tr.is-chosen")) marked.classList.remove("is-chosen");
  pin.classList.add("is-chosen");
  const numbers = new Set(place.reads.map((read) => String(read.number)));
  for (const row of document.querySelectorAll("tr[data-number]")) {
    row.classList.toggle("is-chosen", numbers.has(row.dataset.number));
  }
};

const addPin = (map, place) => {
  const pin = document.createElement("button");
  pin.type = "button";
  pin.className = "rg-pin";
  const first = place.reads[0].number;
  pin.textContent = place.reads.length > 1 ? `${first}+${place.reads.length - 1}` : String(first);
  pin.setAttribute("aria-label", `${place.label}: ${place.reads.length} of the reads, the newest is number ${first}`);
  const popup = new maplibregl.Popup({ offset: 16, maxWidth: "18rem" }).setDOMContent(describePlace(place));
  const marker = new maplibregl.Marker({ element: pin }).setLngLat([place.longitude, place.latitude]).addTo(map);
  pin.addEventListener("click", (event) => {
    event.stopPropagation();
    chooseRows(place, pin);
    popup.setLngLat(marker.getLngLat()).addTo(map);
  });
};

const drawMap = (canvas) => {
  const points = readPoints(canvas);
  maplibregl.setWorkerUrl(canvas.dataset.worker);
  const map = new maplibregl.Map({
    container: canvas,
    center: [-77.0163, 38.9047],
    zoom: 10.4,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    style: {
      version: 8,
      sources: { wards: { type: "geojson", data: canvas.dataset.boundaries } },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": "#e7eaee" } },
        { id: "land", type: "fill", source: "wards", paint: { "fill-color": "#ffffff" } },
        { id: "edges", type: "line", source: "wards", paint: { "line-color": "#8d9297", "line-width": 1.2 } },
      ],
    },
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibregl.ScaleControl({ unit: "imperial" }), "bottom-left");
  const places = groupByPlace(points);
  // The newest read lies on top.
  for (const place of places.slice().reverse()) addPin(map, place);
  if (places.length) {
    const bounds = new maplibregl.LngLatBounds();
    for (const place of places) bounds.extend([place.longitude, place.latitude]);
    map.fitBounds(bounds, { padding: 48, maxZoom: 14, animate: false });
  }
};

const drawMaps = (root) => {
  for (const canvas of root.querySelectorAll("[data-map]:not([data-drawn])")) {
    canvas.setAttribute("data-drawn", "");
    try {
      drawMap(canvas);
    } catch (error) {
      canvas.textContent = "The map cannot be drawn in this browser. The table holds the same reads.";
      console.warn("map", error);
    }
  }
};

document.addEventListener("DOMContentLoaded", () => drawMaps(document));
document.addEventListener("htmx:afterSettle", (event) => drawMaps(event.detail.elt.parentNode ?? document));
