// Plays the scene of the page: 3D with three.js, the image and the error curve on 2D canvases.
// The scene is the JSON in the element "data"; scene_page.py describes its keys.
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
// Colours of errors, from small to large: the map "plasma" of matplotlib without its bright end,
// so that all of them have contrast with the white page, and colour-blind people tell them apart.
const RAMP = ["#0d0887", "#7e03a8", "#cc4778", "#f58c46"];
const TURNS = [0, -10, -20, 115, 130]; // turns of the view [degrees], so that it shows the camera
const FARTHEST = 1.45; // how much farther than for the poses alone the eye may be for the camera
const GRID = 0.5; // width of the squares on the floor
const SPEEDS = [0.125, 0.25, 0.5, 1, 2, 4];

// ---------------------------------------------------------------- arrays

/** An array that scene_page.pack packed: 16-bit integers in base64 to floats; −32768 is NaN. */
function unpack(packed) {
  if (!packed) return null;
  const bytes = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
  const integers = new Int16Array(bytes.buffer);
  return Float32Array.from(integers, (v) => (v === -32768 ? NaN : v * packed.step));
}

const p3w = unpack(data.p3w), truth = unpack(data.truth_p3w);
const hypotheses = unpack(data.hypotheses_p3w);
const p2 = unpack(data.p2), projected = unpack(data.projected_p2);
const std = unpack(data.std);
const doubt = Object.entries(data.doubt).map(([person, packed]) => [person, unpack(packed)]);
const error = unpack(data.error), jointError = unpack(data.joint_error);
const nFrames = data.n_frames, firstFrame = data.first_frame, nJoints = data.n_joints;
const finite = (values) => Array.from(values).filter(Number.isFinite);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const timeOf = (frame) => (firstFrame + frame) / data.fps; // in the film [s]
const boneSide = data.bones.map(([child]) => data.sides[child]);

/** Offset of the pose of a frame in a flat array: coordinate k of joint j is at
 * [offset + dims * j + k]. `set` is the index of the hypothesis. */
const offsetOf = (frame, dims, set = 0) => (set * nFrames + frame) * nJoints * dims;

// ---------------------------------------------------------------- bodies in space

/**
 * A pose as cylinders (bones) and spheres (joints).
 *
 * All cylinders are instances of one mesh with one matrix each, and so are the spheres: two draw
 * calls a body, and a new pose only writes matrices. The cylinder of length 1 lies along z, so
 * lookAt() turns it into the direction of a bone, and its scale gives it radius and length.
 */
class Body {
  constructor(radius, material) {
    this.radius = radius;
    const bone = new THREE.CylinderGeometry(1, 1, 1, 12, 1).rotateX(Math.PI / 2);
    this.bones = new THREE.InstancedMesh(bone, material, data.bones.length);
    this.joints = new THREE.InstancedMesh(new THREE.SphereGeometry(1, 16, 12), material, nJoints);
    this.group = new THREE.Group();
    for (const mesh of [this.bones, this.joints]) {
      mesh.frustumCulled = false; // three.js would test the bounds of the first pose
      this.group.add(mesh);
    }
    this.helper = new THREE.Object3D(); // composes matrices, and is never drawn itself
    this.helper.up.set(0, 0, 1);
    this.color = new THREE.Color();
  }

  /** Take the pose that begins at `offset` in the array `poses`. */
  move(poses, offset) {
    const at = (joint) => new THREE.Vector3().fromArray(poses, offset + 3 * joint);
    const complete = (...points) => points.every((p) => Number.isFinite(p.x + p.y + p.z));
    // A joint or bone that is missing (NaN) is scaled to nothing.
    const put = (mesh, i, visible) => {
      if (!visible) this.helper.scale.setScalar(0);
      this.helper.updateMatrix();
      mesh.setMatrixAt(i, this.helper.matrix);
    };
    data.bones.forEach(([child, parent], i) => {
      const a = at(child), b = at(parent), ok = complete(a, b) && a.distanceTo(b) > 1e-9;
      if (ok) {
        this.helper.position.copy(a).lerp(b, 0.5);
        this.helper.lookAt(b);
        this.helper.scale.set(this.radius, this.radius, a.distanceTo(b));
      }
      put(this.bones, i, ok);
    });
    for (let j = 0; j < nJoints; j++) {
      const p = at(j), ok = complete(p);
      if (ok) {
        this.helper.position.copy(p);
        this.helper.scale.setScalar(1.5 * this.radius);
      }
      put(this.joints, j, ok);
    }
    this.bones.instanceMatrix.needsUpdate = this.joints.instanceMatrix.needsUpdate = true;
  }

  /** Colour joints and bones by functions of their index, with or without the shades of light. */
  paint(jointColor, boneColor, material) {
    this.bones.material = this.joints.material = material;
    for (let j = 0; j < nJoints; j++) this.joints.setColorAt(j, this.color.set(jointColor(j)));
    data.bones.forEach((_, i) => this.bones.setColorAt(i, this.color.set(boneColor(i))));
    this.bones.instanceColor.needsUpdate = this.joints.instanceColor.needsUpdate = true;
  }
}

/** Balls around joints that reach as far as their standard deviations. */
class Halo {
  constructor(material) {
    this.balls = new THREE.InstancedMesh(new THREE.SphereGeometry(1, 16, 12), material, nJoints);
    this.balls.frustumCulled = false;
    this.helper = new THREE.Object3D();
  }

  /** Take the joints and the standard deviations of a frame. */
  move(frame) {
    for (let j = 0; j < nJoints; j++) {
      const at = offsetOf(frame, 3) + 3 * j, radius = std[frame * nJoints + j];
      const [x, y, z] = p3w.slice(at, at + 3), known = Number.isFinite(x + y + z + radius);
      this.helper.scale.setScalar(known ? radius : 0);
      if (known) this.helper.position.set(x, y, z);
      this.helper.updateMatrix();
      this.balls.setMatrixAt(j, this.helper.matrix);
    }
    this.balls.instanceMatrix.needsUpdate = true;
  }
}

/** Line segments between successive pairs of points. */
function lines(ends, color) {
  const geometry = new THREE.BufferGeometry().setFromPoints(ends);
  return new THREE.LineSegments(geometry, new THREE.LineBasicMaterial({ color }));
}

/** The 3D view. It draws only when something has changed: `dirty` says so. */
class Space {
  constructor(element) {
    this.element = element;
    this.renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, 2));
    element.append(this.renderer.domElement);
    this.scene = new THREE.Scene();
    this.camera = new THREE.PerspectiveCamera(35, 1, 0.02, 500);
    this.camera.up.set(0, 0, 1);
    this.scene.add(this.camera, new THREE.AmbientLight("#ffffff", 1.9));
    const sun = new THREE.DirectionalLight("#ffffff", 1.6); // it moves with the camera
    sun.position.set(1, 2, 1);
    this.camera.add(sun);
    this.controls = new THREE.OrbitControls(this.camera, this.renderer.domElement);
    this.controls.autoRotate = nFrames === 1; // a single frame is turned round
    this.controls.addEventListener("change", () => { this.dirty = true; });
    this.controls.addEventListener("start", () => { this.turned = true; });
    this.ground();
    this.bodies();
    this.frustum();
    new ResizeObserver(() => this.resize()).observe(element);
    this.resize();
  }

  /** The grid on the floor. */
  ground() {
    const [xs, ys] = data.bounds.slice(0, 2).map(([low, high]) => {
      const first = Math.floor(low / GRID), count = Math.ceil(high / GRID) - first + 1;
      return Array.from({ length: count }, (_, i) => (first + i) * GRID);
    });
    const ends = [];
    const add = (x, y) => ends.push(new THREE.Vector3(x, y, 0));
    this.corners = [xs[0], xs.at(-1)].flatMap((x) => [ys[0], ys.at(-1)].map(
      (y) => new THREE.Vector3(x, y, 0)));
    for (const x of xs) [ys[0], ys.at(-1)].forEach((y) => add(x, y));
    for (const y of ys) [xs[0], xs.at(-1)].forEach((x) => add(x, y));
    this.scene.add(lines(ends, data.colors.ground));
  }

  /** The inferred pose with its shadow, the truth, and the hypotheses. */
  bodies() {
    const radius = data.unit === "m" ? 0.017 : 0.01;
    const lit = (extra = {}) => new THREE.MeshLambertMaterial(extra);
    const plain = (color, extra = {}) => new THREE.MeshBasicMaterial({ color, ...extra });
    this.lit = lit();
    this.flat = plain("#ffffff"); // the colours of errors are those of their key
    this.pose = new Body(radius, this.lit);
    this.shadow = new Body(radius, plain(data.colors.shadow));
    this.shadow.group.scale.z = 1e-4; // the same pose, pressed flat onto the floor
    this.truth = truth && new Body(0.85 * radius, lit({ color: data.colors.truth }));
    const faint = { transparent: true, opacity: 0.22, depthWrite: false };
    const sets = hypotheses ? data.hypotheses_p3w.shape[0] : 0;
    this.hypotheses = Array.from(
      { length: sets }, () => new Body(0.5 * radius, plain(data.colors.l, faint)));
    this.halo = std && new Halo(
      plain(data.colors.text, { transparent: true, opacity: 0.13, depthWrite: false }));
    if (this.halo) this.scene.add(this.halo.balls);
    for (const body of [this.pose, this.shadow, this.truth, ...this.hypotheses]) {
      if (body) this.scene.add(body.group);
    }
    this.paint(0, false);
  }

  /** The camera of the observations: of each frame its eye and the corners of its image. */
  frustum() {
    if (!data.camera) return;
    this.cameras = data.camera.map((points) => {
      const [eye, ...corners] = points.map((p) => new THREE.Vector3(...p));
      return [eye, ...corners.map((c) => c.sub(eye).multiplyScalar(0.5).add(eye))];
    });
    this.cameraLines = lines(Array(16).fill(new THREE.Vector3()), data.colors.text);
    this.cameraLines.frustumCulled = false; // three.js would test the bounds of the first frame
    this.scene.add(this.cameraLines);
  }

  /** Move the lines of the camera to those of a frame. */
  aim(frame) {
    const [eye, ...near] = this.cameras[Math.min(frame, this.cameras.length - 1)];
    const { position } = this.cameraLines.geometry.attributes;
    near.flatMap((c, i) => [eye, c, c, near[(i + 1) % 4]]).forEach(
      (p, i) => position.setXYZ(i, ...p));
    position.needsUpdate = true;
  }

  /**
   * The initial view: the poses in the middle, the whole floor, and the camera in all frames.
   *
   * The camera is in view only from far away, if the eye is aside of it. So the eye moves towards
   * the camera until the distance is acceptable, and otherwise looks at the camera from beyond.
   */
  reset() {
    this.turned = false;
    const middle = data.bounds.map(([low, high]) => (low + high) / 2);
    const target = this.controls.target.fromArray(middle);
    const body = this.corners.flatMap((p) => [p, p.clone().setZ(data.bounds[2][1])]);
    const all = [...body, ...(this.cameras || []).flat()];
    const views = TURNS.map((turn) => {
      const angles = [data.view[0], data.view[1] + turn];
      const [elevation, azimuth] = angles.map((angle) => (angle * Math.PI) / 180);
      const flat = Math.cos(elevation);
      const backward = new THREE.Vector3(
        flat * Math.cos(azimuth), flat * Math.sin(azimuth), Math.sin(elevation));
      const nearest = this.distance(body, target, backward);
      const distance = this.distance(all, target, backward);
      return { backward, distance, nearest, fits: distance < FARTHEST * nearest };
    });
    const { backward, distance, nearest, fits } = views.find((view) => view.fits) || views[0];
    this.camera.position.copy(target).addScaledVector(backward, fits ? distance : nearest);
    this.controls.update();
    this.dirty = true;
  }

  /** How far from the target the eye has to be so that it sees all the points. */
  distance(points, target, backward) {
    const right = new THREE.Vector3(0, 0, 1).cross(backward).normalize();
    const up = backward.clone().cross(right);
    const slope = 0.94 * Math.tan((this.camera.fov * Math.PI) / 360); // with a margin of 6 %
    return Math.max(...points.map((point) => {
      const p = point.clone().sub(target);
      const aside = Math.max(Math.abs(p.dot(up)), Math.abs(p.dot(right)) / this.camera.aspect);
      return p.dot(backward) + aside / slope;
    }));
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.renderer.setSize(width, height);
    if (!this.turned) this.reset();
    this.dirty = true;
  }

  /** Colour the pose, see `colorsAt`. */
  paint(frame, byError) {
    const { joint, bone } = colorsAt(frame, byError);
    this.pose.paint(joint, bone, byError ? this.flat : this.lit);
    this.dirty = true;
  }

  /** Show a frame; `on` says which parts are visible. */
  show(frame, on) {
    this.pose.move(p3w, offsetOf(frame, 3));
    this.shadow.move(p3w, offsetOf(frame, 3));
    if (this.truth) this.truth.move(truth, offsetOf(frame, 3));
    this.hypotheses.forEach((body, k) => body.move(hypotheses, offsetOf(frame, 3, k)));
    if (this.halo) {
      this.halo.move(frame);
      this.halo.balls.visible = on.std;
    }
    this.paint(frame, on.errors);
    if (this.truth) this.truth.group.visible = on.truth;
    this.hypotheses.forEach((body) => { body.group.visible = on.hypotheses; });
    if (this.cameraLines) {
      this.aim(frame);
      this.cameraLines.visible = on.camera;
    }
  }

  render() {
    if (this.controls.autoRotate) this.controls.update();
    if (this.dirty) this.renderer.render(this.scene, this.camera);
    this.dirty = false;
  }
}

// ---------------------------------------------------------------- flat pictures

/** A cleared 2D context whose unit is a CSS pixel, whatever the density of the screen. */
function paper(canvas) {
  const ratio = window.devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  return { context, width, height };
}

/** The pictures of the film; `pictureOf` gives that of a frame. */
const pictures = data.pictures && data.pictures.jpegs.map((jpeg) => {
  const image = new Image();
  image.onload = () => { if (image === pictureOf(player.shown)) player.draw(true); };
  image.src = `data:image/jpeg;base64,${jpeg}`;
  return image;
});
const pictureOf = (frame) => pictures[Math.floor(frame / data.pictures.step)];

/** Draw the observed joints and the projected pose of a frame, over the film. */
function drawImage(frame) {
  const { context, width, height } = paper(byId("image"));
  const [[u0, u1], [v0, v1]] = data.image_bounds;
  const scale = Math.min(width / (u1 - u0), height / (v1 - v0));
  const onCanvas = (u, v) => [
    (u - (u0 + u1) / 2) * scale + width / 2, (v - (v0 + v1) / 2) * scale + height / 2];
  const place = (poses, joint) => {
    const at = offsetOf(frame, 2) + 2 * joint;
    return onCanvas(poses[at], poses[at + 1]);
  };
  if (pictures && on.film && pictureOf(frame).complete) {
    const [left, top, right, bottom] = data.pictures.box;
    const corner = onCanvas(left, top);
    context.drawImage(pictureOf(frame), ...corner, (right - left) * scale, (bottom - top) * scale);
  }
  const pose = (poses, line, color) => data.bones.forEach(([child, parent], i) => {
    const [a, b] = [place(poses, child), place(poses, parent)];
    if (![...a, ...b].every(Number.isFinite)) return;
    context.strokeStyle = context.fillStyle = color(i);
    context.lineWidth = line;
    context.beginPath();
    context.moveTo(...a);
    context.lineTo(...b);
    context.stroke();
    context.beginPath();
    context.arc(...a, line, 0, 2 * Math.PI);
    context.fill();
  });
  const { bone } = colorsAt(frame, on.errors);
  if (p2) pose(p2, projected ? 4 : 2, projected ? () => data.colors.truth : bone);
  if (projected) pose(projected, 2, bone);
}

// The upper end of the axis of the error curve.
const highest = error && finite(error).length ? 1.2 * Math.max(...finite(error), 1e-6) : 1;
const AXIS = 34; // width of the labels at the axis

/** Draw the error over time, with a line and a dot at a frame. */
function drawCurve(frame) {
  const { context, width, height } = paper(byId("curve"));
  const x = (i) => AXIS + ((width - AXIS - 6) * i) / Math.max(nFrames - 1, 1);
  const y = (value) => 6 + (height - 24) * (1 - value / highest);
  context.font = "11px system-ui, sans-serif";
  context.fillStyle = "#777";
  context.textAlign = "right";
  context.strokeStyle = data.colors.ground;
  context.lineWidth = 1;
  const step = [5, 10, 20, 50, 100, 200, 500, 1000].find((s) => highest / s < 5) || highest;
  for (let value = 0; value < highest; value += step) {
    context.fillText(value, AXIS - 6, y(value) + 4);
    context.beginPath();
    context.moveTo(x(0), y(value));
    context.lineTo(x(nFrames - 1), y(value));
    context.stroke();
  }
  context.fillText(`${timeOf(nFrames - 1).toFixed(1)} s`, x(nFrames - 1), height - 2);
  context.strokeStyle = data.colors.error;
  context.lineWidth = 1.8;
  context.beginPath();
  let pen = false;
  error.forEach((value, i) => {
    if (Number.isFinite(value)) context[pen ? "lineTo" : "moveTo"](x(i), y(value));
    pen = Number.isFinite(value);
  });
  context.stroke();
  context.strokeStyle = data.colors.text;
  context.lineWidth = 1.2;
  context.beginPath();
  context.moveTo(x(frame), y(highest));
  context.lineTo(x(frame), y(0));
  context.stroke();
  if (Number.isFinite(error[frame])) {
    context.fillStyle = data.colors.error;
    context.beginPath();
    context.arc(x(frame), y(error[frame]), 4, 0, 2 * Math.PI);
    context.fill();
  }
}

// Height of a person's row in the strip over the slider, with the gap beneath: less for crowds.
const ROW = Math.min(11, 72 / Math.max(doubt.length, 1));
const THUMB = 8; // half of the width of the slider's thumb, whose middle marks the frame

/** Runs of frames that look alike in the strip: row, first frame, frame after the last, value. */
const doubtRuns = doubt.flatMap(([, values], row) => {
  const starts = [...values.keys()].filter((i) => i === 0 || !Object.is(values[i], values[i - 1]));
  return starts.map((first, k) => [row, first, starts[k + 1] || nFrames, values[first]]);
});

/** Draw a row for each person: grey while the person is there, coloured in frames in doubt. */
function drawDoubt(frame) {
  const { context, width } = paper(byId("doubt"));
  const x = (i) => THUMB + ((width - 2 * THUMB) * i) / Math.max(nFrames - 1, 1);
  const mark = (color, least, belongs) => {
    context.fillStyle = color;
    for (const [row, first, end, value] of doubtRuns.filter((run) => belongs(run[3]))) {
      const left = Math.round(x(first - 0.5)), right = Math.round(x(end - 0.5));
      context.fillRect(left, ROW * row, Math.max(right - left, least), 0.65 * ROW);
    }
  };
  mark(data.colors.ground, 1, Number.isFinite);
  mark(data.colors.doubt, 2, (value) => value > 0.5); // one frame of a long film is visible
  context.fillStyle = data.colors.text;
  context.fillRect(x(frame) - 0.6, 0, 1.2, ROW * doubt.length);
}

// The error that has the brightest colour: 98 % of the errors are smaller.
const WORST = (() => {
  const errors = jointError ? finite(jointError).sort((a, b) => a - b) : [];
  const high = errors.length ? errors[Math.floor(0.98 * (errors.length - 1))] : 0;
  return 10 * Math.max(Math.ceil(high / 10), 1);
})();

/** Functions from a joint and from a bone to its colour: by side, or by its error at a frame. */
function colorsAt(frame, byError) {
  if (!byError) {
    return { joint: (j) => data.colors[data.sides[j]], bone: (i) => data.colors[boneSide[i]] };
  }
  const at = (j) => jointError[frame * nJoints + j];
  const color = (value) => (Number.isFinite(value) ? ramp(value / WORST) : data.colors.truth);
  const bone = (i) => color(mean(data.bones[i].map(at)));
  return { joint: (j) => color(at(j)), bone };
}

/** The colour of a value from 0 to 1. */
function ramp(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const i = Math.min(Math.floor(at), RAMP.length - 2);
  const channel = (color, k) => parseInt(color.slice(1 + 2 * k, 3 + 2 * k), 16);
  const [low, high] = [RAMP[i], RAMP[i + 1]];
  const mix = (k) => Math.round(
    channel(low, k) + (at - i) * (channel(high, k) - channel(low, k)));
  return `rgb(${mix(0)}, ${mix(1)}, ${mix(2)})`;
}

// ---------------------------------------------------------------- the player

const on = {
  film: true, truth: true, camera: true, hypotheses: true, std: true, errors: false };
let space = null;
try {
  space = new Space(byId("space"));
} catch (problem) {
  byId("space").innerHTML =
    "<p>The view in space needs WebGL, which this browser does not offer.</p>";
}

/** The time of the scene. The frame follows from the time, so slow drawing skips frames. */
const player = {
  time: 0, playing: nFrames > 1, speed: 1, shown: -1,
  get frame() { return Math.floor(this.time * data.fps + 1e-6) % nFrames; },
  seek(frame) {
    this.time = ((frame % nFrames) + nFrames) % nFrames / data.fps;
    this.draw(true);
  },
  play(playing) {
    this.playing = playing;
    byId("play").textContent = playing ? "❚❚" : "▶";
  },
  draw(force) {
    const frame = this.frame;
    if (frame === this.shown && !force) return;
    this.shown = frame;
    if (nFrames > 1) byId("slider").value = frame;
    let line = "";
    if (nFrames > 1) {
      const number = firstFrame + frame, last = firstFrame + nFrames - 1;
      line = `${timeOf(frame).toFixed(2)} s  ·  frame ${number} / ${last}`;
    }
    if (error && Number.isFinite(error[frame])) {
      line += `  ·  ${data.error_name} ${error[frame].toFixed(0)} mm`;
    }
    const people = doubt.filter(([, values]) => values[frame] > 0.5).map(([person]) => person);
    if (people.length) line += `  ·  in doubt: ${people.join(", ")}`;
    byId("caption").textContent = line;
    if (space) space.show(frame, on);
    if (data.image_bounds) drawImage(frame);
    if (error) drawCurve(frame);
    if (doubt.length && nFrames > 1) drawDoubt(frame);
  },
};

/** Add an entry to the legend; `when` says for which colours of the pose it holds. */
function legend(name, color, when) {
  const item = document.createElement("li"), line = document.createElement("i");
  line.style.background = color;
  item.append(line, name);
  if (when) item.className = when;
  byId("legend").append(item);
}

/** Add a checkbox for a part of the scene, if the scene has that part. */
function toggle(name, label, available) {
  if (!available) return;
  const wrap = document.createElement("label"), box = document.createElement("input");
  Object.assign(box, { type: "checkbox", checked: on[name], id: `toggle-${name}` });
  box.addEventListener("change", () => {
    on[name] = box.checked;
    document.body.classList.toggle(`with-${name}`, box.checked);
    player.draw(true);
  });
  wrap.append(box, ` ${label}`);
  byId("toggles").append(wrap);
}

/** Add the scale of the colours of errors to the legend. */
function rampKey() {
  const key = document.createElement("li"), bar = document.createElement("span");
  const scale = document.createElement("span");
  key.className = "by-error";
  key.append("joint error", bar);
  bar.className = "ramp";
  bar.style.background = `linear-gradient(90deg, ${RAMP.join(", ")})`;
  for (const text of ["0", `${WORST / 2}`, `≥ ${WORST} mm`]) {
    scale.append(Object.assign(document.createElement("span"), { textContent: text }));
  }
  bar.append(scale);
  byId("legend").append(key);
}

/** Fill the page, and remove what the scene has no data for. */
function build() {
  byId("title").textContent = data.title;
  legend("left", data.colors.l, "by-side");
  legend("right", data.colors.r, "by-side");
  if (jointError) rampKey();
  const grey = [...(truth ? ["truth"] : []), ...(p2 && projected ? ["observed 2D"] : [])];
  if (grey.length) legend(grey.join(", "), data.colors.truth);
  if (doubt.length) legend("pose in doubt", data.colors.doubt);
  toggle("film", "film", pictures);
  toggle("truth", "truth", truth);
  toggle("camera", "camera", data.camera);
  toggle("hypotheses", "hypotheses", hypotheses);
  toggle("std", "how sure: 68 % of joints are within their ball", std);
  toggle("errors", "colour joints by error", jointError);
  const reset = document.createElement("button");
  Object.assign(reset, { textContent: "reset view", id: "reset" });
  reset.addEventListener("click", () => space && space.reset());
  byId("toggles").append(reset);
  if (!data.image_bounds) byId("image-figure").remove();
  else {
    const pose = projected ? " with the inferred pose projected" : "";
    byId("image-caption").textContent = "image" + pose;
  }
  if (!error) byId("curve-figure").remove();
  else {
    const values = finite(error);
    const average = values.length ? `, mean ${mean(values).toFixed(1)} mm` : "";
    byId("curve-caption").textContent = `${data.error_name} [mm]${average}`;
  }
  if (!data.image_bounds && !error) byId("side").remove();
  if (!doubt.length) byId("doubt").remove();
  else {
    byId("doubt").style.height = `${ROW * doubt.length}px`;
    byId("doubt").title = `a row for each person: ${doubt.map(([person]) => person).join(", ")}`;
  }
  if (nFrames === 1) byId("transport").remove();
}

/** Let the mouse choose the frame on a canvas over time, which has margins left and right. */
function seekWith(canvas, before, after) {
  const seek = (event) => {
    const { left, width } = canvas.getBoundingClientRect();
    const share = (event.clientX - left - before) / (width - before - after);
    player.seek(Math.round(Math.min(Math.max(share, 0), 1) * (nFrames - 1)));
  };
  canvas.addEventListener("pointerdown", (down) => {
    seek(down);
    canvas.setPointerCapture(down.pointerId);
    canvas.onpointermove = seek;
    canvas.onpointerup = () => { canvas.onpointermove = null; };
  });
}

/** React to the mouse, the keys, and the size of the window. */
function connect() {
  if (error) seekWith(byId("curve"), AXIS, 6);
  if (doubt.length && nFrames > 1) seekWith(byId("doubt"), THUMB, THUMB);
  new ResizeObserver(() => player.draw(true)).observe(document.body);
  if (nFrames === 1) return;
  byId("slider").max = nFrames - 1;
  byId("slider").addEventListener("input", () => player.seek(Number(byId("slider").value)));
  byId("play").addEventListener("click", () => player.play(!player.playing));
  for (const speed of SPEEDS) {
    byId("speed").append(new Option(`${speed}×`, speed, speed === 1, speed === 1));
  }
  byId("speed").addEventListener("change", () => { player.speed = Number(byId("speed").value); });
  document.addEventListener("keydown", (event) => {
    const select = byId("speed");
    const choose = (i) => { select.selectedIndex = Math.min(Math.max(i, 0), SPEEDS.length - 1); };
    const keys = {
      " ": () => player.play(!player.playing),
      ArrowRight: () => { player.play(false); player.seek(player.frame + 1); },
      ArrowLeft: () => { player.play(false); player.seek(player.frame - 1); },
      ArrowUp: () => choose(select.selectedIndex + 1),
      ArrowDown: () => choose(select.selectedIndex - 1),
      r: () => space && space.reset(),
    };
    if (!(event.key in keys) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
    player.speed = Number(select.value);
  });
}

build();
connect();
if (nFrames > 1) player.play(true);
player.draw(true);
let last = performance.now();
requestAnimationFrame(function tick(now) {
  // The first frame of the browser may have begun before `last` was taken.
  if (player.playing) player.time += (Math.max(now - last, 0) / 1000) * player.speed;
  last = now;
  player.draw(false);
  if (space) space.render();
  requestAnimationFrame(tick);
});
window.viewer = player;
})();
