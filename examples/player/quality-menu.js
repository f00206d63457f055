// A quality menu for video.js, over the renditions that the playlist offers. Loaded once video.js is there.

/** Adds the menu to a player's control bar; it shows itself when there is more than one quality. */
export function addQualityMenu(videojs, player) {
  const MenuButton = videojs.getComponent("MenuButton");
  const MenuItem = videojs.getComponent("MenuItem");
  const levels = player.qualityLevels();

  class QualityItem extends MenuItem {
    constructor(player, options) {
      super(player, { ...options, selectable: true });
      this.on(player, "flaskflix-quality", () => this.show());
      if (options.height === AUTO) this.on(levels, "change", () => this.show());
      this.show();
    }

    show() {
      this.selected(chosen === this.options_.height);
      if (this.options_.height !== AUTO) return;
      this.$(".vjs-menu-item-text").textContent = chosen === AUTO && played() ? `Auto (${played()}p)` : "Auto";
    }

    handleClick() {
      choose(this.options_.height);
    }
  }

  class QualityMenu extends MenuButton {
    constructor(player, options) {
      super(player, options);
      this.value = videojs.dom.createEl("span", { className: "vjs-quality-value" });
      this.el().append(this.value);
      this.controlText("Quality");
      this.on(levels, ["addqualitylevel", "removequalitylevel"], () => this.update());
      this.on(levels, "change", () => this.showValue());
      this.on(player, "flaskflix-quality", () => this.showValue());
      this.showValue();
    }

    buildCSSClass() {
      return `vjs-quality-menu ${super.buildCSSClass()}`;
    }

    buildWrapperCSSClass() {
      return `vjs-quality-menu ${super.buildWrapperCSSClass()}`;
    }

    createItems() {
      const heights = offered(levels);
      this.hideThreshold_ = 0;
      if (heights.length < 2) return [];
      const items = heights.map((height) => new QualityItem(this.player(), { label: `${height}p`, height }));
      return [...items, new QualityItem(this.player(), { label: "Auto", height: AUTO })];
    }

    showValue() {
      const height = chosen === AUTO ? played() : chosen;
      this.value.textContent = height ? `${height}p` : "Auto";
    }
  }

  let chosen = AUTO;

  function played() {
    return levels[levels.selectedIndex]?.height;
  }

  function choose(height) {
    chosen = height;
    const wanted = Array.from(levels).filter((level) => height === AUTO || level.height === height);
    for (const level of Array.from(levels)) level.enabled = wanted.includes(level);
    // video.js leaves what is buffered, up to half a minute, for a quality only when that is enabled anew.
    if (height !== AUTO) for (const level of wanted) level.enabled = false;
    for (const level of wanted) level.enabled = true;
    player.trigger("flaskflix-quality");
  }

  const bar = player.getChild("ControlBar");
  const before = bar.children().findIndex((child) => child.name() === "PlaybackRateMenuButton");
  bar.addChild(new QualityMenu(player, {}), {}, Math.max(before, 0));
}

const AUTO = 0;

function offered(levels) {
  const heights = Array.from(levels, (level) => level.height).filter(Boolean);
  return [...new Set(heights)].sort((a, b) => b - a);
}
